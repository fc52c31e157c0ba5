//! `CategoricalCrossentropy`.

use saola_graph::{Axes, Dim, Symbol};

use super::{EPSILON, classes_last};
use super::{Loss, aligned, loss};

/// Labels moved by a fraction towards the uniform distribution over the last axis of `p`.
#[track_caller]
pub(super) fn smooth(y: Symbol, p: &Symbol, fraction: f64) -> Symbol {
    if fraction == 0.0 {
        return y;
    }
    let kept = y * (1.0 - fraction);
    match p.dim(-1) {
        Dim::Known(classes) => kept + fraction / classes as f64,
        Dim::Any => {
            let ones = p.fill_like(1.0, p.dtype());
            kept + fraction / ones.sum_over(Axes::from(-1).keep())
        }
    }
}

loss! {
    /// `−Σ y·ln p` over the classes, for distributions y over them and probabilities p. Keras's `CategoricalCrossentropy`.
    ///
    /// Probabilities are scaled to sum to 1 and kept within 1e-7 of 0 and 1. Where the predictions come straight from a
    /// softmax, or are said to be logits, the loss is computed from the logits, which loses no digits.
    pub struct CategoricalCrossentropy("CategoricalCrossentropy", "categorical_crossentropy") {
        /// Moves labels by this fraction towards the uniform distribution; 0 by default.
        label_smoothing: f64 = 0.0,
        /// The axis of the classes; the last by default.
        axis: isize = -1,
    } plain {
        from_logits: bool = false,
    }
}

impl CategoricalCrossentropy {
    /// The loss.
    pub fn new() -> CategoricalCrossentropy {
        CategoricalCrossentropy::default()
    }

    /// The loss on logits.
    pub fn from_logits() -> CategoricalCrossentropy {
        CategoricalCrossentropy { from_logits: true, ..CategoricalCrossentropy::default() }
    }
}

impl Loss for CategoricalCrossentropy {
    super::methods!(from_logits);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let logits = match self.from_logits {
            true => Some(classes_last(&p, self.axis)),
            false if p.id() == y_pred.id() && self.axis == -1 => y_pred.softmax_logits().cloned(),
            false => None,
        };
        let (y, p) = (classes_last(&y, self.axis), classes_last(&p, self.axis));
        let y = smooth(y, &p, self.label_smoothing);
        match logits {
            Some(x) => x.softmax_cross_entropy(&y),
            None => {
                let p = &p / p.sum_over(Axes::from(-1).keep());
                let log = p.clip(EPSILON, 1.0 - EPSILON).log();
                -((y * log).sum_over(-1))
            }
        }
    }
}

/// The loss of each example on probabilities. Keras's `categorical_crossentropy`.
#[track_caller]
pub fn categorical_crossentropy(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    CategoricalCrossentropy::default().values(y_true, y_pred)
}
