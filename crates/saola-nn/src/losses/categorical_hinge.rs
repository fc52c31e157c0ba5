//! `CategoricalHinge`.

use saola_graph::Symbol;

use super::{Loss, aligned, loss};

loss! {
    /// max(n − p + 1, 0), where p is the prediction for the label's class and n the largest of the others, for labels of 0 and
    /// 1 over the last axis. Keras's `CategoricalHinge`.
    pub struct CategoricalHinge("CategoricalHinge", "categorical_hinge") {}
}

impl CategoricalHinge {
    /// The loss.
    pub fn new() -> CategoricalHinge {
        CategoricalHinge::default()
    }
}

impl Loss for CategoricalHinge {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let positive = (&y * &p).sum_over(-1);
        let negative = ((1.0 - y) * p).max_over(-1);
        (negative - positive + 1.0).maximum(0.0)
    }
}

/// The loss of each example. Keras's `categorical_hinge`.
#[track_caller]
pub fn categorical_hinge(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    CategoricalHinge::default().values(y_true, y_pred)
}
