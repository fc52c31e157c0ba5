//! `BinaryAccuracy`.

use saola_graph::Symbol;

use super::{Metric, common};
use crate::losses::{dense_labels, same_dims};

/// How often a probability is on the label's side of a threshold: above it means 1. Keras's `BinaryAccuracy`.
#[derive(Clone, Debug)]
pub struct BinaryAccuracy {
    name: String,
    threshold: f64,
}

common!(BinaryAccuracy);

impl Default for BinaryAccuracy {
    fn default() -> BinaryAccuracy {
        BinaryAccuracy { name: "binary_accuracy".into(), threshold: 0.5 }
    }
}

impl BinaryAccuracy {
    /// The metric with a threshold of ½.
    pub fn new() -> BinaryAccuracy {
        BinaryAccuracy::default()
    }

    /// Another threshold.
    #[must_use]
    pub fn threshold(mut self, threshold: f64) -> BinaryAccuracy {
        self.threshold = threshold;
        self
    }
}

impl Metric for BinaryAccuracy {
    fn name(&self) -> String {
        self.name.clone()
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let y = dense_labels(y_true, y_pred);
        if let Err(error) = same_dims(&self.name, &y, y_pred) {
            return Symbol::poisoned(error);
        }
        let said = y_pred.greater(self.threshold).cast(y_pred.dtype());
        said.equal(y).cast(y_pred.dtype())
    }
}
