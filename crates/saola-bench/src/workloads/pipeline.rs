//! Files to batches: the 10,000 digits of MNIST as a TFRecord of `tf.Example`, and a CSV file of people; and the network
//! trained on the records as they are read.

use std::path::{Path, PathBuf};

use saola_data::{Dataset, Element, ExampleSpec, encode_example};
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
