//! `NonNeg`: nothing below 0.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::{Value, json};

use super::Constraint;

/// Elements below 0 become 0. Keras's `NonNeg`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NonNeg;

impl Constraint for NonNeg {
    fn apply(&self, weight: &Symbol) -> Symbol {
        weight.maximum(0.0)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Ok(("NonNeg", json!({})))
    }
}
