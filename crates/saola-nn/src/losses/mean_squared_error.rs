//! `MeanSquaredError`.

use saola_graph::Symbol;

use super::{Loss, Reduction, common, dense_labels, same_dims};

/// The mean of (label − prediction)² over the last axis. Keras's `MeanSquaredError`.
#[derive(Clone, Debug, Default)]
pub struct MeanSquaredError {
    reduction: Reduction,
}

common!(MeanSquaredError);

impl MeanSquaredError {
    /// The loss.
    pub fn new() -> MeanSquaredError {
        MeanSquaredError::default()
    }
}

impl Loss for MeanSquaredError {
    fn name(&self) -> &'static str {
        "mean_squared_error"
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let y = dense_labels(y_true, y_pred);
        if let Err(error) = same_dims(self.name(), &y, y_pred) {
            return Symbol::poisoned(error);
        }
        let squares = (y_pred - y).square();
        if squares.rank() == 0 { squares } else { squares.mean_over(-1) }
    }
}
