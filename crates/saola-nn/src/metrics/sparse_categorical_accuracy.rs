//! `SparseCategoricalAccuracy`.

use saola_graph::Symbol;

use super::{Metric, common};
use crate::losses::class_numbers;

/// How often the most probable class is the one that the label names. Keras's `SparseCategoricalAccuracy`.
#[derive(Clone, Debug)]
pub struct SparseCategoricalAccuracy {
    name: String,
}

common!(SparseCategoricalAccuracy);

impl Default for SparseCategoricalAccuracy {
    fn default() -> SparseCategoricalAccuracy {
        SparseCategoricalAccuracy { name: "sparse_categorical_accuracy".into() }
    }
}

impl SparseCategoricalAccuracy {
    /// The metric.
    pub fn new() -> SparseCategoricalAccuracy {
        SparseCategoricalAccuracy::default()
    }
}

impl Metric for SparseCategoricalAccuracy {
    fn name(&self) -> String {
        self.name.clone()
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        class_numbers(y_true, y_pred).equal(y_pred.argmax(-1)).cast(y_pred.dtype())
    }
}
