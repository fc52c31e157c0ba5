//! `SparseCategoricalAccuracy`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::class_numbers;

metric! {
    /// How often the most probable class is the one that the label names. Keras's `SparseCategoricalAccuracy`.
    pub struct SparseCategoricalAccuracy("SparseCategoricalAccuracy", "sparse_categorical_accuracy") {}
}

impl SparseCategoricalAccuracy {
    /// The metric.
    pub fn new() -> SparseCategoricalAccuracy {
        SparseCategoricalAccuracy::default()
    }
}

impl Metric for SparseCategoricalAccuracy {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        class_numbers(y_true, y_pred).equal(y_pred.argmax(-1)).cast(y_pred.dtype())
    }
}
