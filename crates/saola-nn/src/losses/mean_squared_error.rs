//! `MeanSquaredError`.

use saola_graph::Symbol;

use super::mean_last;
use super::{Loss, aligned, loss};

loss! {
    /// The mean of (label − prediction)² over the last axis. Keras's `MeanSquaredError`.
    pub struct MeanSquaredError("MeanSquaredError", "mean_squared_error") {}
}

impl MeanSquaredError {
    /// The loss.
    pub fn new() -> MeanSquaredError {
        MeanSquaredError::default()
    }
}

impl Loss for MeanSquaredError {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        mean_last(&(p - y).square())
    }
}

/// The loss of each example. Keras's `mean_squared_error`.
#[track_caller]
pub fn mean_squared_error(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    MeanSquaredError::default().values(y_true, y_pred)
}
