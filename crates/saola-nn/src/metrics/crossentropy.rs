//! The string `"crossentropy"` as a metric: the one that fits the shapes.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::Value;

use super::{Direction, Metric};
use crate::losses::{self, Loss};

/// The mean cross-entropy that fits the shapes, as Keras's string `"crossentropy"`; see
/// [`Crossentropy`](crate::losses::Crossentropy) for the rule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Crossentropy;

impl Metric for Crossentropy {
    fn name(&self) -> String {
        "crossentropy".into()
    }
    fn config(&self) -> Result<Value> {
        Ok("crossentropy".into())
    }
    fn direction(&self) -> Option<Direction> {
        Some(Direction::Down)
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::Crossentropy.values(y_true, y_pred)
    }
}
