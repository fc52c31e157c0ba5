//! Where items come from, one constructor of [`crate::Dataset`] per file.

mod generator;
mod range;
mod tensor_slices;
mod tensors;

pub(crate) use tensor_slices::slices_of;
