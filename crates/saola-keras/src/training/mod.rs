//! Training, evaluation and prediction: the loops.

mod batches;
mod evaluate;
mod fit;
mod on_batch;
mod predict;
pub(crate) mod run;

pub use fit::{Event, TrainLoop};
pub use run::Run;
