//! `SquaredHinge`.

use saola_graph::Symbol;

use super::hinge::signs;
use super::mean_last;
use super::{Loss, aligned, loss};

loss! {
    /// The mean of max(1 − y·p, 0)² over the last axis, with labels as in [`Hinge`](super::Hinge). Keras's `SquaredHinge`.
    pub struct SquaredHinge("SquaredHinge", "squared_hinge") {}
}

impl SquaredHinge {
    /// The loss.
    pub fn new() -> SquaredHinge {
        SquaredHinge::default()
    }
}

impl Loss for SquaredHinge {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        mean_last(&(1.0 - signs(&y) * p).maximum(0.0).square())
    }
}

/// The loss of each example. Keras's `squared_hinge`.
#[track_caller]
pub fn squared_hinge(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    SquaredHinge::default().values(y_true, y_pred)
}
