//! Keras 3's `.keras` files: a zip archive of two JSON texts and an HDF5 file of weights.
//!
//! [`KerasArchive`] is the archive, [`H5Group`] makes the HDF5 file, [`H5File`] reads it. Nothing here knows what a
//! layer is, and nothing in a file is run.

mod archive;
mod h5;

pub use archive::KerasArchive;
pub use h5::{H5File, H5Group};
