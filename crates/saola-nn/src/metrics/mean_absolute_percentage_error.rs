//! `MeanAbsolutePercentageError`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of 100·|label − prediction| / |label|. Keras's metric `MeanAbsolutePercentageError`.
    pub struct MeanAbsolutePercentageError("MeanAbsolutePercentageError", "mean_absolute_percentage_error") {}
}

impl MeanAbsolutePercentageError {
    /// The metric.
    pub fn new() -> MeanAbsolutePercentageError {
        MeanAbsolutePercentageError::default()
    }
}

impl Metric for MeanAbsolutePercentageError {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::MeanAbsolutePercentageError::new().values(y_true, y_pred)
    }
}
