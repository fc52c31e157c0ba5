//! Where items come from, one constructor of [`crate::Dataset`] per file.

mod files;
mod generator;
mod list_files;
mod mixture;
mod range;
mod tensor_slices;
mod tensors;
mod text_lines;
mod tf_records;

pub use files::IntoPaths;
pub(crate) use tensor_slices::slices_of;
