//! TensorBoard's event files: what a run reports about itself, step by step.
//!
//! An event file is a record file (see [`crate::RecordWriter`]) of `Event` messages, the first of which names
//! the version. Numbers are written as `simple_value`, the way of `tf.estimator`: TensorBoard shows them, and
//! programs that read the files of estimators find them where they look.

mod histogram;
mod reader;
mod writer;

pub use reader::{EventReader, Scalar};
pub use writer::EventWriter;
