//! `CategoricalCrossentropy`.

use saola_graph::{Axes, Dim, Symbol};

use super::{EPSILON, Loss, Reduction, common, dense_labels, same_dims};

/// `−Σ y·ln p` over the last axis, for distributions y over the classes and probabilities p. Keras's
/// `CategoricalCrossentropy`.
///
/// Probabilities are scaled to sum to 1 and kept within 1e-7 of 0 and 1. Where the predictions come straight from a
/// softmax, or are said to be logits, the loss is computed from the logits, which loses no digits.
#[derive(Clone, Debug, Default)]
pub struct CategoricalCrossentropy {
    reduction: Reduction,
    from_logits: bool,
    label_smoothing: f64,
}

common!(CategoricalCrossentropy);

impl CategoricalCrossentropy {
    /// The loss on probabilities.
    pub fn new() -> CategoricalCrossentropy {
        CategoricalCrossentropy::default()
    }

    /// The loss on logits.
    pub fn from_logits() -> CategoricalCrossentropy {
        CategoricalCrossentropy { from_logits: true, ..CategoricalCrossentropy::default() }
    }

    /// Moves labels by this fraction towards the uniform distribution; 0 by default.
    #[must_use]
    pub fn label_smoothing(mut self, fraction: f64) -> CategoricalCrossentropy {
        self.label_smoothing = fraction;
        self
    }
}

impl Loss for CategoricalCrossentropy {
    fn name(&self) -> &'static str {
        "categorical_crossentropy"
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
            let kept = y * (1.0 - self.label_smoothing);
            y = match y_pred.dim(-1) {
                Dim::Known(classes) => kept + self.label_smoothing / classes as f64,
                Dim::Any => {
                    let ones = y_pred.fill_like(1.0, y_pred.dtype());
                    kept + self.label_smoothing / ones.sum_over(Axes::from(-1).keep())
                }
            };
        }
        let logits = if self.from_logits { Some(y_pred) } else { y_pred.softmax_logits() };
        match logits {
            Some(x) => x.softmax_cross_entropy(&y),
            None => {
                let p = y_pred / y_pred.sum_over(Axes::from(-1).keep());
                let log = p.clip(EPSILON, 1.0 - EPSILON).log();
                -((y * log).sum_over(-1))
            }
        }
    }
}
