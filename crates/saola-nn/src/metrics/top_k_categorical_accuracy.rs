//! `TopKCategoricalAccuracy`.

use saola_graph::Symbol;

use super::sparse_top_k_categorical_accuracy::among_first;
use super::{Direction, Metric, metric};
use crate::losses::aligned;

metric! {
    /// How often the label's class is among the k most probable, for labels as distributions. Keras's
    /// `TopKCategoricalAccuracy`.
    pub struct TopKCategoricalAccuracy("TopKCategoricalAccuracy", "top_k_categorical_accuracy") {
        /// How many classes are looked at; 5 by default.
        k: usize = 5,
    }
}

impl TopKCategoricalAccuracy {
    /// The metric.
    pub fn new() -> TopKCategoricalAccuracy {
        TopKCategoricalAccuracy::default()
    }
}

impl Metric for TopKCategoricalAccuracy {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        among_first(&y.argmax(-1), &p, self.k)
    }
}
