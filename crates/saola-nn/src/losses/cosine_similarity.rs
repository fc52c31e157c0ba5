//! `CosineSimilarity`.

use saola_graph::Symbol;

use super::{Loss, aligned, loss};

/// Vectors along an axis at length 1; a vector shorter than 1e-7 is divided by that.
#[track_caller]
pub(crate) fn unit(x: &Symbol, axis: isize) -> Symbol {
    x.l2_normalize(axis, 1e-14)
}

loss! {
    /// −cos of the angle between labels and predictions along an axis: −1 where they point the same way, 1 where they point
    /// apart, 0 where either is zero. Keras's loss `CosineSimilarity`.
    pub struct CosineSimilarity("CosineSimilarity", "cosine_similarity") {
        /// The axis of the vectors; the last by default.
        axis: isize = -1,
    }
}

impl CosineSimilarity {
    /// The loss.
    pub fn new() -> CosineSimilarity {
        CosineSimilarity::default()
    }
}

impl Loss for CosineSimilarity {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        -(unit(&y, self.axis) * unit(&p, self.axis)).sum_over(self.axis)
    }
}

/// The loss of each example along the last axis. Keras's loss `cosine_similarity`.
#[track_caller]
pub fn cosine_similarity(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    CosineSimilarity::default().values(y_true, y_pred)
}
