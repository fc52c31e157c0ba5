//! CSV files: tables of named, typed columns.
//!
//! [`Csv`] reads one (see [`CsvOptions`] for what can be chosen), [`Table`] holds it, [`CsvWriter`] and
//! [`write_csv`] write one.

mod column;
mod dataset;
mod delimiter;
mod infer;
mod options;
mod pieces;
mod read;
mod stream;
mod table;
mod write;

pub use column::{Column, ColumnType};
pub use options::CsvOptions;
pub use read::Csv;
pub use table::Table;
pub use write::{CsvWriter, write_csv};
