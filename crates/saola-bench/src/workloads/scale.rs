//! What must not grow with the size of the data: a step on an embedding of many rows, and the memory of a pass over a long
//! file.

use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Instant;

use saola_data::{CsvOptions, Dataset, Element};
use saola_estimator::{DnnRegressor, Hook, RunConfig, StepContext, StepValues, Train, column};
use saola_tensor::{Error, Result, Rng, Tensor};

use super::Folder;

/// Rows of a batch, and of a step's embedding.
const BATCH: usize = 4096;
/// Steps that are timed, behind those that are not.
const STEPS: u64 = 200;
const BEFORE: u64 = 20;
/// Rows of the long file.
const ROWS: usize = 10_000_000;

/// Times the steps behind the first ones.
#[derive(Default)]
struct Stopwatch {
    start: Option<Instant>,
    seconds: f64,
}

impl Hook for Stopwatch {
    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        match (cx.global_step() as u64, self.start) {
            (BEFORE, _) => self.start = Some(Instant::now()),
            (step, Some(start)) if step == BEFORE + STEPS => self.seconds = start.elapsed().as_secs_f64(),
            _ => {}
        }
        Ok(())
    }
}

/// Microseconds of a step of the estimator on batches of 4,096 numbers, each looked up in `rows` rows of 16, with Adagrad.
pub(super) fn embedding(rows: usize) -> Result<f64> {
    let mut rng = Rng::new(1, 0);
    let n = BATCH * 16;
    let ids: Vec<i64> = (0..n).map(|_| rng.below(rows) as i64).collect();
    let labels: Vec<f32> = ids.iter().map(|id| (id % 7) as f32).collect();
    let data =
        Element::from((Element::from([("id", Tensor::from(ids))]), Element::from(Tensor::from(labels))));
    let input = || -> Result<Dataset> {
        Ok(Dataset::from_tensor_slices(data.clone())?.repeat_forever().batch(BATCH))
    };
    let folder = Folder::new("embedding");
    let regressor = DnnRegressor::new([column::identity("id", rows).embedding(16)], [16])
        .config(RunConfig::new().model_dir(folder.path()).no_checkpoints().quiet())
        .build()?;
    let mut watch = Stopwatch::default();
    regressor.train(input, Train::steps(BEFORE + STEPS).hook(&mut watch))?;
    Ok(watch.seconds / STEPS as f64 * 1e6)
}

/// A file of ten million rows of three columns, about 200 megabytes.
fn long_file(folder: &Folder) -> Result<PathBuf> {
    let failed = |e| Error::io("writing", folder.path(), e);
    std::fs::create_dir_all(folder.path()).map_err(failed)?;
    let path = folder.path().join("long.csv");
    let mut file = BufWriter::new(std::fs::File::create(&path).map_err(failed)?);
    writeln!(file, "id,word,x").map_err(failed)?;
    let words = ["red", "green", "blue", "yellow"];
    for i in 0..ROWS {
        writeln!(file, "{i},{},0.{}", words[i % 4], i % 997).map_err(failed)?;
    }
    file.flush().map_err(failed)?;
    Ok(path)
}

/// A pass over the long file, in batches.
fn pass(path: &PathBuf) -> Result<usize> {
    let mut rows = 0;
    for batch in Dataset::csv_batches(path, 256, None, &CsvOptions::new())?.iter() {
        rows += batch?.get("x")?.tensor()?.len();
    }
    match rows {
        ROWS => Ok(rows),
        other => Err(Error::internal(format!("{other} rows were read of {ROWS}"))),
    }
}

/// Rows per second of a pass.
pub(super) fn csv_rows() -> Result<f64> {
    let folder = Folder::new("long");
    let path = long_file(&folder)?;
    let start = Instant::now();
    let rows = pass(&path)?;
    Ok(rows as f64 / start.elapsed().as_secs_f64())
}

/// Writes the file and reads it, for the memory of a process that does.
pub(crate) fn one_pass() -> Result<()> {
    let folder = Folder::new("pass");
    pass(&long_file(&folder)?).map(drop)
}
