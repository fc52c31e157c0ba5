//! `MaxNorm`: norms up to a bound.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::{Value, json};

use super::Constraint;
use super::reference::{EPSILON, axes, axis, norms};

/// A vector along the axes whose norm is above `max_value` is shortened to it. Keras's `MaxNorm`, whose bound is 2 by
/// default (Srivastava et al., 2014).
#[derive(Clone, Debug, PartialEq)]
pub struct MaxNorm {
    max_value: f64,
    axes: Vec<isize>,
}

axes!(MaxNorm);

impl MaxNorm {
    /// With this bound, along the first axis.
    pub fn new(max_value: f64) -> MaxNorm {
        MaxNorm { max_value, axes: vec![0] }
    }
}

impl Default for MaxNorm {
    fn default() -> MaxNorm {
        MaxNorm::new(2.0)
    }
}

impl Constraint for MaxNorm {
    fn apply(&self, weight: &Symbol) -> Symbol {
        let norms = norms(weight, &self.axes);
        weight * (norms.clip(0.0, self.max_value) / (norms + EPSILON))
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Ok(("MaxNorm", json!({"max_value": self.max_value, "axis": axis(&self.axes)})))
    }
}
