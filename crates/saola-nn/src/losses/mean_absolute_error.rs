//! `MeanAbsoluteError`.

use saola_graph::Symbol;

use super::mean_last;
use super::{Loss, aligned, loss};

loss! {
    /// The mean of |label − prediction| over the last axis. Keras's `MeanAbsoluteError`.
    pub struct MeanAbsoluteError("MeanAbsoluteError", "mean_absolute_error") {}
}

impl MeanAbsoluteError {
    /// The loss.
    pub fn new() -> MeanAbsoluteError {
        MeanAbsoluteError::default()
    }
}

impl Loss for MeanAbsoluteError {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        mean_last(&(p - y).abs())
    }
}

/// The loss of each example. Keras's `mean_absolute_error`.
#[track_caller]
pub fn mean_absolute_error(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    MeanAbsoluteError::default().values(y_true, y_pred)
}
