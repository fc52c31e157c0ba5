//! Writing CSV files.

use std::io::Write;
use std::path::Path;

use ::csv::{ErrorKind as CsvErrorKind, Writer};
use saola_tensor::{AtomicFile, Error, ErrorKind, Result};

use super::Table;

/// Writes a table row by row, quoting where a value needs it; lines end in LF.
///
/// ```
/// use saola_data::CsvWriter;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let mut writer = CsvWriter::new(Vec::new(), ["name", "p"])?;
/// writer.row(["Hopper, Grace", "0.75"])?;
/// assert_eq!(writer.finish()?, b"name,p\n\"Hopper, Grace\",0.75\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    writer: Writer<W>,
    columns: usize,
    rows: u64,
}

impl<W: Write> CsvWriter<W> {
    /// Writes to `writer` (a file, the standard output), beginning with the names in `header`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Io`] where it cannot be written to,
    /// [`saola_tensor::ErrorKind::Value`] for a header without names.
    pub fn new<S: AsRef<str>>(writer: W, header: impl IntoIterator<Item = S>) -> Result<CsvWriter<W>> {
        let header: Vec<S> = header.into_iter().collect();
        if header.is_empty() {
            return Err(Error::value("a CSV file needs at least one column"));
        }
        let mut out = CsvWriter { writer: Writer::from_writer(writer), columns: header.len(), rows: 0 };
        out.record(&header)?;
        Ok(out)
    }

    /// Writes one row, with a value for each column.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for another number of values than there are columns,
    /// [`saola_tensor::ErrorKind::Io`] where it cannot be written.
    pub fn row<S: AsRef<str>>(&mut self, values: impl IntoIterator<Item = S>) -> Result<()> {
        let values: Vec<S> = values.into_iter().collect();
        if values.len() != self.columns {
            let (n, columns) = (values.len(), self.columns);
            return Err(Error::value(format!("row {} has {n} values for {columns} columns", self.rows)));
        }
        self.rows += 1;
        self.record(&values)
    }

    /// Writes what is still in memory and returns the writer.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Io`] where it cannot be written.
    pub fn finish(self) -> Result<W> {
        self.writer.into_inner().map_err(|e| io_error(e.into_error()))
    }

    fn record<S: AsRef<str>>(&mut self, values: &[S]) -> Result<()> {
        self.writer.write_record(values.iter().map(|v| v.as_ref().as_bytes())).map_err(|e| {
            match e.into_kind() {
                CsvErrorKind::Io(e) => io_error(e),
                other => Error::internal(format!("writing CSV: {other:?}")),
            }
        })
    }
}

fn io_error(e: std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("writing CSV: {e}")).with_source(e)
}

/// Writes the file at `path`: a line of names and one line for each of `rows`. The file appears whole or not
/// at all; one that is there already is replaced.
///
/// # Errors
/// As [`AtomicFile::create`], [`AtomicFile::commit`] and [`CsvWriter::row`].
///
/// ```no_run
/// # fn main() -> saola_tensor::Result<()> {
/// let losses = [0.7, 0.5, 0.4];
/// let rows = losses.iter().enumerate().map(|(epoch, loss)| [epoch.to_string(), loss.to_string()]);
/// saola_data::write_csv("losses.csv", ["epoch", "loss"], rows)
/// # }
/// ```
pub fn write_csv<H, R>(
    path: impl AsRef<Path>,
    header: impl IntoIterator<Item = H>,
    rows: impl IntoIterator<Item = R>,
) -> Result<()>
where
    H: AsRef<str>,
    R: IntoIterator<Item: AsRef<str>>,
{
    let mut writer = CsvWriter::new(AtomicFile::create(path.as_ref())?, header)?;
    for row in rows {
        writer.row(row)?;
    }
    writer.finish()?.commit()
}

impl Table {
    /// Writes the table to the file at `path`, which appears whole or not at all. Missing values become empty
    /// fields; numbers are written with as many digits as it takes to read the same number again.
    ///
    /// # Errors
    /// As [`write_csv`].
    pub fn write_csv(&self, path: impl AsRef<Path>) -> Result<()> {
        let row = |i| self.columns().map(move |(_, column)| column.cell(i).unwrap_or_default());
        write_csv(path, self.names(), (0..self.n_rows()).map(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Column, Csv};

    #[test]
    fn what_is_written_reads_back() {
        let table = Table::from_columns([
            ("x,y", Column::from(vec![0.1f32, f32::NAN, -1e-7])),
            ("n", Column::from(vec![1i64, i64::MIN, 3])),
            ("t", Column::from(vec!["a\"b", "two\nlines", ""])),
        ])
        .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        table.write_csv(&path).unwrap();
        let back = Csv::read(&path).unwrap();
        assert_eq!(back.names().collect::<Vec<_>>(), ["x,y", "n", "t"]);
        assert_eq!(back.column("n").unwrap(), table.column("n").unwrap());
        assert_eq!(back.column("t").unwrap(), table.column("t").unwrap());
        let cells: Vec<_> = (0..3).map(|i| back.column("x,y").unwrap().cell(i).unwrap()).collect();
        assert_eq!(cells, ["0.1", "", "-0.0000001"]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        write_csv(&path, ["a"], [["1"]]).unwrap();
        assert!(write_csv(&path, ["a", "b"], [["1"]]).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "a\n1\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(CsvWriter::new(Vec::new(), Vec::<String>::new()).is_err());
    }
}
