//! `CategoricalAccuracy`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::aligned;

metric! {
    /// How often the most probable class is the label's, for labels as distributions. Keras's `CategoricalAccuracy`.
    pub struct CategoricalAccuracy("CategoricalAccuracy", "categorical_accuracy") {}
}

impl CategoricalAccuracy {
    /// The metric.
    pub fn new() -> CategoricalAccuracy {
        CategoricalAccuracy::default()
    }
}

impl Metric for CategoricalAccuracy {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        y.argmax(-1).equal(p.argmax(-1)).cast(p.dtype())
    }
}
