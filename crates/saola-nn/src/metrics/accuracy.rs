//! `Accuracy`: the one that fits the shapes.

use saola_graph::{Dim, Symbol};
use saola_tensor::Result;
use serde_json::Value;

use super::{BinaryAccuracy, CategoricalAccuracy, Direction, Metric, SparseCategoricalAccuracy};

/// How often predictions name the label's class, by the rule that fits the shapes, as Keras's string `"accuracy"`:
/// one output per example is [`BinaryAccuracy`], labels with an axis less than the predictions or a last axis of 1
/// are [`SparseCategoricalAccuracy`], all else is [`CategoricalAccuracy`].
#[derive(Clone, Debug, PartialEq)]
pub struct Accuracy {
    name: String,
}

impl Default for Accuracy {
    fn default() -> Accuracy {
        Accuracy { name: "accuracy".into() }
    }
}

impl Accuracy {
    /// The metric.
    pub fn new() -> Accuracy {
        Accuracy::default()
    }

    /// Another name to be shown under.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Accuracy {
        self.name = name.into();
        self
    }
}

impl Metric for Accuracy {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn config(&self) -> Result<Value> {
        Ok("accuracy".into())
    }
    fn direction(&self) -> Option<Direction> {
        Some(Direction::Up)
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let column = |s: &Symbol| s.dim(-1) == Dim::Known(1);
        if column(y_pred) {
            BinaryAccuracy::new().values(y_true, y_pred)
        } else if y_true.rank() < y_pred.rank() || column(y_true) {
            SparseCategoricalAccuracy::new().values(y_true, y_pred)
        } else {
            CategoricalAccuracy::new().values(y_true, y_pred)
        }
    }
}
