//! `Hinge`.

use saola_graph::{Symbol, select};

use super::mean_last;
use super::{Loss, aligned, loss};

/// Labels of 0 and 1 as −1 and 1; others as they are.
#[track_caller]
pub(crate) fn signs(y: &Symbol) -> Symbol {
    let binary = y.equal(0.0).logical_or(y.equal(1.0)).all();
    select(&binary, y * 2.0 - 1.0, y)
}

loss! {
    /// The mean of max(1 − y·p, 0) over the last axis, for labels y of −1 and 1. Labels that are all 0 or 1 are taken as −1
    /// and 1. Keras's `Hinge`.
    pub struct Hinge("Hinge", "hinge") {}
}

impl Hinge {
    /// The loss.
    pub fn new() -> Hinge {
        Hinge::default()
    }
}

impl Loss for Hinge {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        mean_last(&(1.0 - signs(&y) * p).maximum(0.0))
    }
}

/// The loss of each example. Keras's `hinge`.
#[track_caller]
pub fn hinge(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    Hinge::default().values(y_true, y_pred)
}
