//! The data sets of Keras's `keras.datasets`, from the files that Keras keeps in `~/.keras/datasets`.
//!
//! Each is a module with a function `load`, which gives the part to train on and the part to test with as Keras's
//! `load_data` does; `load_from` takes another folder. Nothing is fetched: where a file is not there, the error says which one to put where, and from which
//! address Keras takes it. The folder is `~/.keras/datasets`, or `datasets` in the folder that `KERAS_HOME` names.
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
pub mod fashion_mnist;
pub mod mnist;
mod mt19937;

pub use cache::Part;
