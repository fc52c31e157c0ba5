//! What can be chosen when a CSV file is read.

use indexmap::IndexMap;

use super::ColumnType;

/// How to read a CSV file; the default finds everything out by itself.
///
/// ```
/// use saola_data::{ColumnType, Csv, CsvOptions};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let options = CsvOptions::new().header(["age", "zip"]).column("zip", ColumnType::Text);
/// let table = Csv::parse(b"39;01234\n50;99999\n", "people.csv", &options)?;
/// assert_eq!(table.column("zip")?.cell(0).as_deref(), Some("01234"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CsvOptions {
    pub(super) delimiter: Option<u8>,
    pub(super) header: Option<Vec<String>>,
    pub(super) types: IndexMap<String, ColumnType>,
    pub(super) selected: Option<Vec<String>>,
}

impl CsvOptions {
    /// The default: the delimiter is found in the first line among comma, semicolon and tab, the first line
    /// holds the names of the columns, and their types are what all of their values are.
    #[must_use]
    pub fn new() -> CsvOptions {
        CsvOptions::default()
    }

    /// The byte between the fields of a line.
    #[must_use]
    pub fn delimiter(mut self, delimiter: u8) -> CsvOptions {
        self.delimiter = Some(delimiter);
        self
    }

    /// The names of the columns, for a file whose first line is data already.
    #[must_use]
    pub fn header<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> CsvOptions {
        self.header = Some(names.into_iter().map(Into::into).collect());
        self
    }

    /// Only these columns, the label among them; the others are not looked at.
    #[must_use]
    pub fn select<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> CsvOptions {
        self.selected = Some(names.into_iter().map(Into::into).collect());
        self
    }

    pub(super) fn takes(&self, name: &str) -> bool {
        self.selected.as_ref().is_none_or(|names| names.iter().any(|n| n == name))
    }

    /// The type of one column, instead of what its values look like; a value that does not fit is an error.
    #[must_use]
    pub fn column(mut self, name: impl Into<String>, column_type: ColumnType) -> CsvOptions {
        self.types.insert(name.into(), column_type);
        self
    }
}
