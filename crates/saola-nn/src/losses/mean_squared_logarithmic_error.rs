//! `MeanSquaredLogarithmicError`.

use saola_graph::Symbol;

use super::{EPSILON, mean_last};
use super::{Loss, aligned, loss};

loss! {
    /// The mean of (ln(1 + label) − ln(1 + prediction))² over the last axis, where both count as at least 1e-7. Keras's
    /// `MeanSquaredLogarithmicError`.
    pub struct MeanSquaredLogarithmicError("MeanSquaredLogarithmicError", "mean_squared_logarithmic_error") {}
}

impl MeanSquaredLogarithmicError {
    /// The loss.
    pub fn new() -> MeanSquaredLogarithmicError {
        MeanSquaredLogarithmicError::default()
    }
}

impl Loss for MeanSquaredLogarithmicError {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let log = |x: &Symbol| (x.maximum(EPSILON) + 1.0).log();
        mean_last(&(log(&p) - log(&y)).square())
    }
}

/// The loss of each example. Keras's `mean_squared_logarithmic_error`.
#[track_caller]
pub fn mean_squared_logarithmic_error(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    MeanSquaredLogarithmicError::default().values(y_true, y_pred)
}
