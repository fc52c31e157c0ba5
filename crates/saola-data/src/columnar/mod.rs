//! Files of columns: Parquet and Arrow.
//!
//! Both are read by the crates of the Arrow project, whose types stay in here. A file's rows become items with a tensor for
//! each column; what Arrow has and no tensor is (dates, structures, lists of several lengths) is an error that says so.

mod arrow_file;
mod convert;
mod files;
mod guard;
mod parquet_file;

pub use files::ColumnFiles;
