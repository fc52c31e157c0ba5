//! `MeanSquaredLogarithmicError`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of (ln(1 + label) − ln(1 + prediction))². Keras's metric `MeanSquaredLogarithmicError`.
    pub struct MeanSquaredLogarithmicError("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error") {}
}

impl MeanSquaredLogarithmicError {
    /// The metric.
    pub fn new() -> MeanSquaredLogarithmicError {
        MeanSquaredLogarithmicError::default()
    }
}

impl Metric for MeanSquaredLogarithmicError {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::MeanSquaredLogarithmicError::new().values(y_true, y_pred)
    }
}
