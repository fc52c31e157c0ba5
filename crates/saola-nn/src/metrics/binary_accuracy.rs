//! `BinaryAccuracy`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::aligned;

metric! {
    /// How often a probability is on the label's side of a threshold: above it means 1. Keras's `BinaryAccuracy`.
    pub struct BinaryAccuracy("BinaryAccuracy", "binary_accuracy") {
        /// The threshold; ½ by default.
        threshold: f64 = 0.5,
    }
}

impl BinaryAccuracy {
    /// The metric.
    pub fn new() -> BinaryAccuracy {
        BinaryAccuracy::default()
    }
}

impl Metric for BinaryAccuracy {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let said = p.greater(self.threshold).cast(p.dtype());
        said.equal(y).cast(p.dtype())
    }
}
