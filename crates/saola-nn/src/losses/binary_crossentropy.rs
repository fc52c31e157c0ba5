//! `BinaryCrossentropy`.

use saola_graph::Symbol;

use super::{EPSILON, Loss, Reduction, common, dense_labels, same_dims};

/// `−(y·ln p + (1 − y)·ln(1 − p))`, the mean over the last axis, for labels y of 0 and 1 and probabilities p.
/// Keras's `BinaryCrossentropy`.
///
/// Probabilities are kept within 1e-7 of 0 and 1. Where the predictions come straight from a sigmoid, or are said
/// to be logits, the loss is computed from the logits, which loses no digits.
#[derive(Clone, Debug, Default)]
pub struct BinaryCrossentropy {
    reduction: Reduction,
    from_logits: bool,
    label_smoothing: f64,
}

common!(BinaryCrossentropy);

impl BinaryCrossentropy {
    /// The loss on probabilities.
    pub fn new() -> BinaryCrossentropy {
        BinaryCrossentropy::default()
    }

    /// The loss on logits.
    pub fn from_logits() -> BinaryCrossentropy {
        BinaryCrossentropy { from_logits: true, ..BinaryCrossentropy::default() }
    }

    /// Moves labels by this fraction towards ½; 0 by default.
    #[must_use]
    pub fn label_smoothing(mut self, fraction: f64) -> BinaryCrossentropy {
        self.label_smoothing = fraction;
        self
    }
}

impl Loss for BinaryCrossentropy {
    fn name(&self) -> &'static str {
        "binary_crossentropy"
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let mut y = dense_labels(y_true, y_pred);
        if let Err(error) = same_dims(self.name(), &y, y_pred) {
            return Symbol::poisoned(error);
        }
        if self.label_smoothing != 0.0 {
            y = y * (1.0 - self.label_smoothing) + 0.5 * self.label_smoothing;
        }
        let node = y_pred.node();
        let logits = match node.operation().name() {
            _ if self.from_logits => Some(y_pred),
            "sigmoid" => Some(&node.inputs()[0]),
            _ => None,
        };
        let values = match logits {
            Some(x) => x.sigmoid_cross_entropy(&y),
            None => {
                let p = y_pred.clip(EPSILON, 1.0 - EPSILON);
                -(&y * p.log() + (1.0 - &y) * (1.0 - p).log())
            }
        };
        if values.rank() == 0 { values } else { values.mean_over(-1) }
    }
}
