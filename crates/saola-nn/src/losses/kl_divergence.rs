//! `KlDivergence`.

use saola_graph::Symbol;

use super::EPSILON;
use super::{Loss, aligned, loss};

loss! {
    /// Σ y·ln(y / p) over the last axis, for distributions y and p whose parts count as at least 1e-7 and at most 1 (Kullback
    /// and Leibler, 1951). Keras's `KLDivergence`.
    pub struct KlDivergence("KLDivergence", "kl_divergence") {}
}

impl KlDivergence {
    /// The loss.
    pub fn new() -> KlDivergence {
        KlDivergence::default()
    }
}

impl Loss for KlDivergence {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let (y, p) = (y.clip(EPSILON, 1.0), p.clip(EPSILON, 1.0));
        (&y * (&y / p).log()).sum_over(-1)
    }
}

/// The loss of each example. Keras's `kl_divergence`.
#[track_caller]
pub fn kl_divergence(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    KlDivergence::default().values(y_true, y_pred)
}
