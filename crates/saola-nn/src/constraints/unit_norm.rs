//! `UnitNorm`: norms of 1.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::{Value, json};

use super::Constraint;
use super::reference::{EPSILON, axes, axis, norms};

/// Every vector along the axes is divided by its norm. Keras's `UnitNorm`.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitNorm {
    axes: Vec<isize>,
}

axes!(UnitNorm);

impl UnitNorm {
    /// Along the first axis.
    pub fn new() -> UnitNorm {
        UnitNorm { axes: vec![0] }
    }
}

impl Default for UnitNorm {
    fn default() -> UnitNorm {
        UnitNorm::new()
    }
}

impl Constraint for UnitNorm {
    fn apply(&self, weight: &Symbol) -> Symbol {
        weight / (norms(weight, &self.axes) + EPSILON)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Ok(("UnitNorm", json!({"axis": axis(&self.axes)})))
    }
}
