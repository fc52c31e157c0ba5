//! `BinaryCrossentropy`.

use saola_graph::Symbol;

use super::EPSILON;
use super::{Loss, aligned, loss};

/// Labels moved by a fraction towards ½.
#[track_caller]
pub(super) fn smooth(y: Symbol, fraction: f64) -> Symbol {
    if fraction == 0.0 { y } else { y * (1.0 - fraction) + 0.5 * fraction }
}

/// The cross-entropy of each element, from probabilities.
#[track_caller]
pub(super) fn cross_entropy(y: &Symbol, p: &Symbol) -> Symbol {
    let p = p.clip(EPSILON, 1.0 - EPSILON);
    -(y * p.log() + (1.0 - y) * (1.0 - p).log())
}

loss! {
    /// `−(y·ln p + (1 − y)·ln(1 − p))`, the mean over an axis, for labels y of 0 and 1 and probabilities p. Keras's
    /// `BinaryCrossentropy`.
    ///
    /// Probabilities are kept within 1e-7 of 0 and 1. Where the predictions come straight from a sigmoid, or are said
    /// to be logits, the loss is computed from the logits, which loses no digits.
    pub struct BinaryCrossentropy("BinaryCrossentropy", "binary_crossentropy") {
        /// Moves labels by this fraction towards ½; 0 by default.
        label_smoothing: f64 = 0.0,
        /// The axis that is averaged over; the last by default.
        axis: isize = -1,
    } plain {
        from_logits: bool = false,
    }
}

impl BinaryCrossentropy {
    /// The loss.
    pub fn new() -> BinaryCrossentropy {
        BinaryCrossentropy::default()
    }

    /// The loss on logits.
    pub fn from_logits() -> BinaryCrossentropy {
        BinaryCrossentropy { from_logits: true, ..BinaryCrossentropy::default() }
    }
}

impl Loss for BinaryCrossentropy {
    super::methods!(from_logits);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let y = smooth(y, self.label_smoothing);
        let logits = match y_pred.node().operation().name() {
            _ if self.from_logits => Some(p.clone()),
            "sigmoid" if p.id() == y_pred.id() => Some(y_pred.node().inputs()[0].clone()),
            _ => None,
        };
        let values = match logits {
            Some(x) => x.sigmoid_cross_entropy(&y),
            None => cross_entropy(&y, &p),
        };
        if values.rank() == 0 { values } else { values.mean_over(self.axis) }
    }
}

/// The loss of each example on probabilities. Keras's `binary_crossentropy`.
#[track_caller]
pub fn binary_crossentropy(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    BinaryCrossentropy::default().values(y_true, y_pred)
}
