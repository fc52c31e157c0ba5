//! `tf.Example`: the records in which TensorFlow keeps training data.
//!
//! An example is a map from names to features; a feature is a list of floats, of 64-bit integers or of byte strings. It
//! is a protocol buffer, read here without making objects of it: the parser walks over the bytes, remembers where each
//! wanted feature lies, and copies its numbers straight into the batch.

mod encode;
mod parse;
mod spec;
mod wire;

pub use encode::encode_example;
pub use parse::parse_example;
pub use spec::{ExampleForm, ExampleSpec};
