//! Files to batches: the 10,000 digits of MNIST as a TFRecord of `tf.Example`, and a CSV file of people; and the network
//! trained on the records as they are read.

use std::path::{Path, PathBuf};

use saola_data::{Dataset, Element, ExampleSpec, encode_example, write_csv};
use saola_io::{RecordWriter, write_atomic};
use saola_keras::Fit;
use saola_tensor::{DType, Error, Result, Tensor};

use super::mlp::{digits, network};
use crate::clock::seconds;

/// Rows of a batch.
const BATCH: usize = 256;
/// Rows of the TFRecord, and of the file of people.
const ROWS: f64 = 10_000.0;
const PEOPLE: f64 = 32_561.0;
/// Columns of the file of digits.
const PIXELS: usize = 784;

/// A file that goes when this is dropped.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // What stays behind lies in the folder of temporary files.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The digits as records.
fn records() -> Result<Temporary> {
    let (x, y) = digits()?;
    let path = std::env::temp_dir().join(format!("saola-bench-{}.tfrecord", std::process::id()));
    let mut examples = Vec::with_capacity(y.len());
    for (i, label) in y.to_vec::<i64>()?.into_iter().enumerate() {
        let fields = [("x", x.rows(i..i + 1)?), ("y", Tensor::from([label]))];
        examples.push(encode_example(&Element::from(fields))?);
    }
    write_atomic(&path, |file| {
        let mut writer = RecordWriter::new(std::io::BufWriter::new(file));
        examples.iter().try_for_each(|example| writer.write(example))?;
        writer.flush()
    })?;
    Ok(Temporary(path))
}

/// Pairs of images and labels, in batches.
fn batches(path: &Path, size: usize) -> Dataset {
    let spec = ExampleSpec::new().fixed("x", DType::F32, [784]).fixed("y", DType::I64, []);
    let pairs = |e: Element| Ok((e.get("x")?.clone(), e.get("y")?.clone()));
    Dataset::tf_records(path).batch(size).parse_example(&spec).map(pairs).prefetch(2)
}

fn drain(dataset: &Dataset) -> Result<()> {
    dataset.iter().try_for_each(|batch| batch.map(drop))
}

/// Records per second.
pub(super) fn tfrecord() -> Result<f64> {
    let file = records()?;
    let dataset = batches(&file.0, BATCH);
    Ok(ROWS / seconds(1, 5, || drain(&dataset))?)
}

/// Rows per second: the file is read anew in every pass.
pub(super) fn csv() -> Result<f64> {
    let path = super::data_folder().join("census/adult-train.csv");
    let rows = Dataset::csv(&path, None)?.cardinality().known();
    if rows != Some(PEOPLE as u64) {
        return Err(Error::value(format!("`{}` has {rows:?} rows, not {PEOPLE}", path.display())));
    }
    Ok(PEOPLE / seconds(1, 5, || drain(&Dataset::csv(&path, None)?.batch(BATCH)))?)
}

/// Examples per second of `fit` on the records.
pub(super) fn fit() -> Result<f64> {
    let (file, mut model) = (records()?, network()?);
    let dataset = batches(&file.0, 32);
    let time = seconds(2, 5, || model.fit(&dataset, Fit::epochs(1).silent()).map(drop))?;
    Ok(ROWS / time)
}

/// The digits as a table of 784 columns and the label.
fn table() -> Result<Temporary> {
    let (x, y) = digits()?;
    let path = std::env::temp_dir().join(format!("saola-bench-{}.csv", std::process::id()));
    let file = Temporary(path);
    let header = (0..PIXELS).map(|i| format!("p{i}")).chain(["y".to_string()]);
    let labels = y.to_vec::<i64>()?;
    let rows = x.as_slice::<f32>()?.chunks(PIXELS).zip(&labels);
    let rows = rows
        .map(|(row, label)| row.iter().map(f32::to_string).chain([label.to_string()]).collect::<Vec<_>>());
    write_csv(&file.0, header.collect::<Vec<_>>(), rows)?;
    Ok(file)
}

/// The columns of a batch side by side, and the labels.
fn together(element: Element) -> Result<Element> {
    let (features, label) = element.pair()?;
    let columns: Vec<Tensor> =
        features.leaves().into_iter().map(|t| t.cast(DType::F32)).collect::<Result<_>>()?;
    let slices: Vec<&[f32]> = columns.iter().map(Tensor::as_slice::<f32>).collect::<Result<_>>()?;
    let n = slices.first().map_or(0, |s| s.len());
    let mut values = vec![0.0; n * slices.len()];
    // A few columns at a time: each is then read from memory once.
    for (block, some) in slices.chunks(16).enumerate() {
        for (row, out) in values.chunks_exact_mut(slices.len()).enumerate() {
            some.iter().zip(&mut out[block * 16..]).for_each(|(column, x)| *x = column[row]);
        }
    }
    Ok((Element::from(Tensor::new(values, [n, slices.len()])?), label.clone()).into())
}

/// Examples per second of `fit` on the rows of a CSV file. The file is read when the dataset is made; every pass makes
/// batches of its columns anew.
pub(super) fn fit_csv() -> Result<f64> {
    let (file, mut model) = (table()?, network()?);
    let rows = Dataset::csv(&file.0, Some("y"))?;
    let dataset = rows.batch(BATCH).map(together).rebatch(32).prefetch(2);
    let time = seconds(2, 5, || model.fit(&dataset, Fit::epochs(1).silent()).map(drop))?;
    Ok(ROWS / time)
}
