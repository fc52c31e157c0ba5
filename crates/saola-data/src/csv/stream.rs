//! Datasets of files that are read as they go.

use std::path::Path;

use saola_tensor::{Error, Result};

use super::pieces::Pieces;
use super::read::parse_from;
use super::{CsvOptions, Table};
use crate::from::files::{IntoPaths, Items, of_files};
use crate::{Dataset, Element};

impl Dataset {
    /// Batches of the rows of CSV files, of `(features, label)` as [`Table::dataset`] gives them; one file behind the other,
    /// the last batch with what is left. The files, which may be packed with gzip, are read a megabyte at a time, so that
    /// they may be of any size. TensorFlow's `make_csv_dataset`, without its shuffling and repeating: see
    /// [`Dataset::shuffle`] behind [`Dataset::unbatch`], and [`Dataset::repeat`].
    ///
    /// What the types of the columns are is found out from the first megabyte of the first file; a value further behind that
    /// does not fit is an error of the pass, which names its line. [`CsvOptions::column`] says otherwise.
    ///
    /// ```
    /// use saola_data::{CsvOptions, Dataset};
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
    /// let path = dir.path().join("people.csv");
    /// # std::fs::write(&path, "age,job,rich\n39,clerk,0\n50,boss,1\n60,boss,1\n").map_err(|e| saola_tensor::Error::io("writing", &path, e))?;
    /// let people = Dataset::csv_batches(&path, 2, Some("rich"), &CsvOptions::new().select(["age", "rich"]))?;
    /// let batch = people.iter().next().unwrap()?;
    /// let (features, label) = batch.pair()?;
    /// assert_eq!(features.get("age")?.tensor()?.to_vec::<i64>()?, [39, 50]);
    /// assert_eq!(label.tensor()?.to_vec::<i64>()?, [0, 1]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// No files, a first file that cannot be read or holds no rows, or no column `label`.
    pub fn csv_batches(
        paths: impl IntoPaths,
        batch_size: usize,
        label: Option<&str>,
        options: &CsvOptions,
    ) -> Result<Dataset> {
        let paths = paths.into_paths();
        let Some(first) = paths.first() else {
            return Err(Error::value("`csv_batches` is given no files").help("give at least one path"));
        };
        let own_header = options.header.is_some();
        let (table, delimiter) = first_rows(first, options)?;
        drop(table.dataset(label).map_err(|e| e.context(format!("reading `{}`", first.display())))?);
        let mut fixed = table
            .columns()
            .fold(options.clone(), |options, (name, column)| options.column(name, column.column_type()));
        fixed.delimiter = delimiter;
        let label = label.map(str::to_string);
        let open = move |path: &Path| rows(path, own_header, &fixed, label.clone());
        Ok(of_files("csv_batches", paths, open).rebatch(batch_size))
    }
}

/// The rows of the first piece of a file, and the delimiter.
fn first_rows(path: &Path, options: &CsvOptions) -> Result<(Table, Option<u8>)> {
    let mut pieces = Pieces::open(path, options)?;
    let name = path.display().to_string();
    let bytes = pieces.next()?.map(|piece| piece.bytes).unwrap_or_default();
    Ok((parse_from(&bytes, &name, 0, options)?, pieces.delimiter()))
}

/// The rows of a file, piece by piece.
fn rows(path: &Path, own_header: bool, options: &CsvOptions, label: Option<String>) -> Result<Items> {
    let mut pieces = Pieces::open(path, options)?;
    let name = path.display().to_string();
    let mut names: Option<CsvOptions> = own_header.then(|| options.clone());
    let options = options.clone();
    Ok(Box::new(move || {
        let Some(piece) = pieces.next()? else { return Ok(None) };
        let table = match &names {
            Some(options) => parse_from(&piece.bytes, &name, piece.before, options)?,
            None => {
                names = Some(options.clone().header(header(&piece.bytes, &name, &options)?));
                parse_from(&piece.bytes, &name, piece.before, &options)?
            }
        };
        batch_of(&table, label.as_deref()).map(Some)
    }))
}

/// All names of columns of a file that begins with `bytes`.
fn header(bytes: &[u8], name: &str, options: &CsvOptions) -> Result<Vec<String>> {
    let every = CsvOptions { types: Default::default(), selected: None, ..options.clone() };
    Ok(parse_from(bytes, name, 0, &every)?.names().map(str::to_string).collect())
}

/// All rows of a table as one batch.
fn batch_of(table: &Table, label: Option<&str>) -> Result<Element> {
    let rows = table.dataset(label)?.batch(table.n_rows());
    rows.iter().next().unwrap_or_else(|| Err(Error::internal("a piece without rows")))
}
