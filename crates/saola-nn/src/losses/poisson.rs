//! `Poisson`.

use saola_graph::Symbol;

use super::{EPSILON, mean_last};
use super::{Loss, aligned, loss};

loss! {
    /// The mean of p − y·ln(p + 1e-7) over the last axis, for counts y and expected counts p. Keras's `Poisson`.
    pub struct Poisson("Poisson", "poisson") {}
}

impl Poisson {
    /// The loss.
    pub fn new() -> Poisson {
        Poisson::default()
    }
}

impl Loss for Poisson {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        mean_last(&(&p - y * (&p + EPSILON).log()))
    }
}

/// The loss of each example. Keras's `poisson`.
#[track_caller]
pub fn poisson(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    Poisson::default().values(y_true, y_pred)
}
