//! The string `"crossentropy"`: the one that fits the shapes.

use saola_graph::{Dim, Symbol};
use saola_tensor::Result;
use serde_json::Value;

use super::{BinaryCrossentropy, CategoricalCrossentropy, Loss, Reduction, SparseCategoricalCrossentropy};

/// The cross-entropy that fits the shapes, as Keras's string `"crossentropy"`: one output per example is
/// [`BinaryCrossentropy`], labels with an axis less than the predictions or a last axis of 1 are
/// [`SparseCategoricalCrossentropy`], all else is [`CategoricalCrossentropy`]. On probabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossentropy;

impl Loss for Crossentropy {
    fn name(&self) -> &str {
        "crossentropy"
    }
    fn reduction(&self) -> Reduction {
        Reduction::default()
    }
    fn config(&self) -> Result<Value> {
        Ok("crossentropy".into())
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let column = |s: &Symbol| s.dim(-1) == Dim::Known(1);
        if column(y_pred) {
            BinaryCrossentropy::new().values(y_true, y_pred)
        } else if y_true.rank() < y_pred.rank() || column(y_true) {
            SparseCategoricalCrossentropy::new().values(y_true, y_pred)
        } else {
            CategoricalCrossentropy::new().values(y_true, y_pred)
        }
    }
}
