//! `CategoricalFocalCrossentropy`.

use saola_graph::{Axes, Symbol};

use super::categorical_crossentropy::smooth;
use super::{EPSILON, classes_last};
use super::{Loss, aligned, loss};

loss! {
    /// `−Σ α·(1 − p)ᵞ·y·ln p` over the classes, for distributions y over them and probabilities p: what is learned already
    /// counts little (Lin et al., 2018). Probabilities are treated as in [`CategoricalCrossentropy`](super::CategoricalCrossentropy).
    /// Keras's `CategoricalFocalCrossentropy`.
    pub struct CategoricalFocalCrossentropy("CategoricalFocalCrossentropy", "categorical_focal_crossentropy") {
        /// What each term is multiplied by; ¼ by default.
        alpha: f64 = 0.25,
        /// γ; 2 by default.
        gamma: f64 = 2.0,
        /// Moves labels by this fraction towards the uniform distribution; 0 by default.
        label_smoothing: f64 = 0.0,
        /// The axis of the classes; the last by default.
        axis: isize = -1,
    } plain {
        from_logits: bool = false,
    }
}

impl CategoricalFocalCrossentropy {
    /// The loss.
    pub fn new() -> CategoricalFocalCrossentropy {
        CategoricalFocalCrossentropy::default()
    }

    /// The loss on logits.
    pub fn from_logits() -> CategoricalFocalCrossentropy {
        CategoricalFocalCrossentropy { from_logits: true, ..CategoricalFocalCrossentropy::default() }
    }
}

impl Loss for CategoricalFocalCrossentropy {
    super::methods!(from_logits);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let (y, p) = (classes_last(&y, self.axis), classes_last(&p, self.axis));
        let y = smooth(y, &p, self.label_smoothing);
        let p = if self.from_logits { p.softmax() } else { p };
        let p = (&p / p.sum_over(Axes::from(-1).keep())).clip(EPSILON, 1.0 - EPSILON);
        let weight = (1.0 - &p).pow(self.gamma) * self.alpha;
        -((weight * y * p.log()).sum_over(-1))
    }
}

/// The loss of each example on probabilities, with α = ¼ and γ = 2. Keras's `categorical_focal_crossentropy`.
#[track_caller]
pub fn categorical_focal_crossentropy(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    CategoricalFocalCrossentropy::default().values(y_true, y_pred)
}
