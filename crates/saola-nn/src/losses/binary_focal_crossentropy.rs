//! `BinaryFocalCrossentropy`.

use saola_graph::Symbol;

use super::binary_crossentropy::{cross_entropy, smooth};
use super::{Loss, aligned, loss};

loss! {
    /// The binary cross-entropy of each element times (1 − q)ᵞ, where q is the probability of what the label says, the mean
    /// over an axis: what is learned already counts little (Lin et al., 2018). Keras's `BinaryFocalCrossentropy`.
    pub struct BinaryFocalCrossentropy("BinaryFocalCrossentropy", "binary_focal_crossentropy") {
        /// Whether [`alpha`](Self::alpha) weighs the classes; not by default.
        apply_class_balancing: bool = false,
        /// The weight of class 1 where classes are balanced, that of class 0 being 1 − α; ¼ by default.
        alpha: f64 = 0.25,
        /// γ; 2 by default.
        gamma: f64 = 2.0,
        /// Moves labels by this fraction towards ½; 0 by default.
        label_smoothing: f64 = 0.0,
        /// The axis that is averaged over; the last by default.
        axis: isize = -1,
    } plain {
        from_logits: bool = false,
    }
}

impl BinaryFocalCrossentropy {
    /// The loss.
    pub fn new() -> BinaryFocalCrossentropy {
        BinaryFocalCrossentropy::default()
    }

    /// The loss on logits.
    pub fn from_logits() -> BinaryFocalCrossentropy {
        BinaryFocalCrossentropy { from_logits: true, ..BinaryFocalCrossentropy::default() }
    }
}

impl Loss for BinaryFocalCrossentropy {
    super::methods!(from_logits);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let y = smooth(y, self.label_smoothing);
        let p = if self.from_logits { p.sigmoid() } else { p };
        let said = &y * &p + (1.0 - &y) * (1.0 - &p);
        let mut values = (1.0 - said).pow(self.gamma) * cross_entropy(&y, &p);
        if self.apply_class_balancing {
            values = (&y * self.alpha + (1.0 - &y) * (1.0 - self.alpha)) * values;
        }
        if values.rank() == 0 { values } else { values.mean_over(self.axis) }
    }
}

/// The loss of each example on probabilities, with γ = 2 and no balancing. Keras's `binary_focal_crossentropy`.
#[track_caller]
pub fn binary_focal_crossentropy(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    BinaryFocalCrossentropy::default().values(y_true, y_pred)
}
