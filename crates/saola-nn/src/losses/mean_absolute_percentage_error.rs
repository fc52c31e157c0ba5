//! `MeanAbsolutePercentageError`.

use saola_graph::Symbol;

use super::{EPSILON, mean_last};
use super::{Loss, aligned, loss};

loss! {
    /// 100 times the mean of |label − prediction| / |label| over the last axis, where labels count as at least 1e-7 from 0.
    /// Keras's `MeanAbsolutePercentageError`.
    pub struct MeanAbsolutePercentageError("MeanAbsolutePercentageError", "mean_absolute_percentage_error") {}
}

impl MeanAbsolutePercentageError {
    /// The loss.
    pub fn new() -> MeanAbsolutePercentageError {
        MeanAbsolutePercentageError::default()
    }
}

impl Loss for MeanAbsolutePercentageError {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        mean_last(&((&y - p) / y.abs().maximum(EPSILON)).abs()) * 100.0
    }
}

/// The loss of each example. Keras's `mean_absolute_percentage_error`.
#[track_caller]
pub fn mean_absolute_percentage_error(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    MeanAbsolutePercentageError::default().values(y_true, y_pred)
}
