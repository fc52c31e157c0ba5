//! `CategoricalAccuracy`.

use saola_graph::Symbol;

use super::{Metric, common};
use crate::losses::{dense_labels, same_dims};

/// How often the most probable class is the label's, for labels as distributions. Keras's `CategoricalAccuracy`.
#[derive(Clone, Debug)]
pub struct CategoricalAccuracy {
    name: String,
}

common!(CategoricalAccuracy);

impl Default for CategoricalAccuracy {
    fn default() -> CategoricalAccuracy {
        CategoricalAccuracy { name: "categorical_accuracy".into() }
    }
}

impl CategoricalAccuracy {
    /// The metric.
    pub fn new() -> CategoricalAccuracy {
        CategoricalAccuracy::default()
    }
}

impl Metric for CategoricalAccuracy {
    fn name(&self) -> String {
        self.name.clone()
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let y = dense_labels(y_true, y_pred);
        if let Err(error) = same_dims(&self.name, &y, y_pred) {
            return Symbol::poisoned(error);
        }
        y.argmax(-1).equal(y_pred.argmax(-1)).cast(y_pred.dtype())
    }
}
