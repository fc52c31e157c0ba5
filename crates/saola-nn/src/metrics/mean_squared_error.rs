//! `MeanSquaredError` as a metric.

use saola_graph::Symbol;

use super::{Metric, common};
use crate::losses::{self, Loss};

/// The mean of (label − prediction)². Keras's metric `MeanSquaredError`.
#[derive(Clone, Debug)]
pub struct MeanSquaredError {
    name: String,
}

common!(MeanSquaredError);

impl Default for MeanSquaredError {
    fn default() -> MeanSquaredError {
        MeanSquaredError { name: "mean_squared_error".into() }
    }
}

impl MeanSquaredError {
    /// The metric.
    pub fn new() -> MeanSquaredError {
        MeanSquaredError::default()
    }
}

impl Metric for MeanSquaredError {
    fn name(&self) -> String {
        self.name.clone()
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::MeanSquaredError::new().values(y_true, y_pred)
    }
}
