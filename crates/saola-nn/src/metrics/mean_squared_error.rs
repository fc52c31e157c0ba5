//! `MeanSquaredError`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of (label − prediction)². Keras's metric `MeanSquaredError`.
    pub struct MeanSquaredError("MeanSquaredError", "mean_squared_error") {}
}

impl MeanSquaredError {
    /// The metric.
    pub fn new() -> MeanSquaredError {
        MeanSquaredError::default()
    }
}

impl Metric for MeanSquaredError {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::MeanSquaredError::new().values(y_true, y_pred)
    }
}
