//! `MeanAbsoluteError`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of |label − prediction|. Keras's metric `MeanAbsoluteError`.
    pub struct MeanAbsoluteError("MeanAbsoluteError", "mean_absolute_error") {}
}

impl MeanAbsoluteError {
    /// The metric.
    pub fn new() -> MeanAbsoluteError {
        MeanAbsoluteError::default()
    }
}

impl Metric for MeanAbsoluteError {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::MeanAbsoluteError::new().values(y_true, y_pred)
    }
}
