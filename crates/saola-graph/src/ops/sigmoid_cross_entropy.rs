//! `sigmoid_cross_entropy`: the loss of logits against independent labels.

use crate::Symbol;
use crate::path::composed;

impl Symbol {
    /// The cross-entropy of the sigmoid of these logits against `labels` in 0 to 1, element by element, without
    /// overflow: `softplus(x) − x·label`. Broadcasts; the gradient for the logits is `sigmoid(x) − label`.
    #[track_caller]
    pub fn sigmoid_cross_entropy(&self, labels: &Symbol) -> Symbol {
        composed("sigmoid_cross_entropy", || self.softplus() - self * labels)
    }
}
