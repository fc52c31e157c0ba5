//! Where items come from, one constructor of [`crate::Dataset`] per file.

pub(crate) mod files;
mod generator;
mod list_files;
mod mixture;
mod random;
mod range;
mod tensor_slices;
mod tensors;
mod text_lines;
mod tf_records;
mod time_series;

pub use files::IntoPaths;
pub(crate) use tensor_slices::slices_of;
pub use time_series::TimeSeries;
