//! The layers, one file each.
//!
//! To add one, write its file and add its line here and in `registry.rs`. The file holds the configuration with its
//! builder methods, [`crate::Layer::call`], how it stands in a Keras file, and the tests.

mod activation;
mod add;
mod concatenate;
mod dense;
mod dropout;
mod embedding;
mod flatten;
mod registry;

pub use activation::Activation;
pub use add::Add;
pub use concatenate::Concatenate;
pub use dense::Dense;
pub use dropout::Dropout;
pub use embedding::Embedding;
pub use flatten::Flatten;
pub use registry::from_config;
