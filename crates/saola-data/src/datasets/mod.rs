//! The data sets of Keras's `keras.datasets`, from the files that Keras keeps in `~/.keras/datasets`.
//!
//! Each is a module with a function `load`, which gives the part to train on and the part to test with as Keras's
//! `load_data` does. `load_from` and `load_with` take a [`Cache`], which any path makes, and the arguments that Keras has.
//! The folder is `~/.keras/datasets`, or `datasets` in the folder that `KERAS_HOME` names.
//!
//! With the feature `download`, files that are not there are fetched from where Keras takes them, and kept if their
//! checksum is the one that Keras has. Without it, or with [`Cache::offline`], the error says which file to put where. (It
//! is no default feature because encryption needs a compiler of C.)
//!
//! ```no_run
//! use saola_data::datasets;
//!
//! # fn main() -> saola_tensor::Result<()> {
//! let (train, test) = datasets::mnist::load()?;
//! assert_eq!(&train.x.shape()[..], [60_000, 28, 28]);
//! # Ok(())
//! # }
//! ```

pub mod boston_housing;
mod cache;
pub mod california_housing;
mod cifar;
pub mod cifar10;
pub mod cifar100;
pub mod fashion_mnist;
#[cfg(feature = "download")]
mod get_file;
#[cfg(feature = "download")]
mod hash;
pub mod imdb;
pub mod mnist;
mod mt19937;
mod part;
pub mod reuters;
mod tar;
mod words;

pub use cache::Cache;
#[cfg(feature = "download")]
pub use get_file::GetFile;
pub use part::{Part, Split};
pub use words::{Texts, Words};
