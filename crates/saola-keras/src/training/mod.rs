//! Training, evaluation and prediction: the loops.

mod batches;
mod evaluate;
mod fit;
mod predict;
mod run;

pub use fit::{Event, TrainLoop};
pub use run::Run;
