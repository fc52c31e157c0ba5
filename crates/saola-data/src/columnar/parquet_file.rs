//! Parquet.

use std::fs::File;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use saola_tensor::{Error, Result};

use super::files::Batches;

/// How many rows are read at a time.
const ROWS: usize = 1024;

fn unsound(e: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::format(format!("this is no sound Parquet file: {e}"))
        .help("it may be cut off, damaged, or compressed in a way that is not read here")
        .with_source(e)
}

fn builder(path: &Path) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let file = File::open(path).map_err(|e| Error::io("reading", path, e))?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(unsound)
}

/// The columns of the file.
pub(super) fn schema(path: &Path) -> Result<SchemaRef> {
    Ok(builder(path)?.schema().clone())
}

/// The batches of the row groups that `mine` takes, and how many groups there are.
pub(super) fn open(
    path: &Path,
    columns: Option<&[String]>,
    mine: impl Fn(usize) -> bool,
) -> Result<(Batches, usize)> {
    let builder = builder(path)?;
    let groups = builder.metadata().num_row_groups();
    let chosen = builder.schema().fields().iter().enumerate();
    let chosen: Vec<usize> =
        chosen.filter(|(_, f)| columns.is_none_or(|c| c.contains(f.name()))).map(|(i, _)| i).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), chosen);
    let rows = (0..groups).filter(|&g| mine(g)).collect();
    let reader = builder.with_projection(mask).with_row_groups(rows).with_batch_size(ROWS).build();
    Ok((Box::new(reader.map_err(unsound)?.map(|batch| batch.map_err(unsound))), groups))
}
