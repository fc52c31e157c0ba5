//! `SparseCategoricalCrossentropy`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`SparseCategoricalCrossentropy`](crate::losses::SparseCategoricalCrossentropy), on probabilities or logits. Keras's metric `SparseCategoricalCrossentropy`.
    pub struct SparseCategoricalCrossentropy("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy") {
        /// Examples with this label have no loss, and where examples have weights count for nothing. None by default.
        ignore_class: Option<i64> = None,
        /// The axis of the classes; the last by default.
        axis: isize = -1,
    } plain {
        from_logits: bool = false,
    }
}

impl SparseCategoricalCrossentropy {
    /// The metric.
    pub fn new() -> SparseCategoricalCrossentropy {
        SparseCategoricalCrossentropy::default()
    }

    /// The metric on logits.
    pub fn from_logits() -> SparseCategoricalCrossentropy {
        SparseCategoricalCrossentropy { from_logits: true, ..SparseCategoricalCrossentropy::default() }
    }

    fn loss(&self) -> losses::SparseCategoricalCrossentropy {
        let loss = match self.from_logits {
            true => losses::SparseCategoricalCrossentropy::from_logits(),
            false => losses::SparseCategoricalCrossentropy::new(),
        };
        match self.ignore_class {
            Some(class) => loss.axis(self.axis).ignore_class(class),
            None => loss.axis(self.axis),
        }
    }
}

impl Metric for SparseCategoricalCrossentropy {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        self.loss().values(y_true, y_pred)
    }
    #[track_caller]
    fn mask(&self, y_true: &Symbol, y_pred: &Symbol) -> Option<Symbol> {
        self.loss().mask(y_true, y_pred)
    }
}
