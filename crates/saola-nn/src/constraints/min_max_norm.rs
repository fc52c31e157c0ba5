//! `MinMaxNorm`: norms between two bounds.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::{Value, json};

use super::Constraint;
use super::reference::{EPSILON, axes, axis, norms};

/// Vectors along the axes are brought towards norms between two bounds: at once with a rate of 1, part of the way in
/// each step with a smaller one. Keras's `MinMaxNorm`, whose bounds are 0 and 1 by default.
#[derive(Clone, Debug, PartialEq)]
pub struct MinMaxNorm {
    min_value: f64,
    max_value: f64,
    rate: f64,
    axes: Vec<isize>,
}

axes!(MinMaxNorm);

impl MinMaxNorm {
    /// With these bounds and a rate of 1, along the first axis.
    pub fn new(min_value: f64, max_value: f64) -> MinMaxNorm {
        MinMaxNorm { min_value, max_value, rate: 1.0, axes: vec![0] }
    }

    /// Which part of the way is gone in one step, from 0 to 1.
    #[must_use]
    pub fn rate(mut self, rate: f64) -> MinMaxNorm {
        self.rate = rate;
        self
    }
}

impl Default for MinMaxNorm {
    fn default() -> MinMaxNorm {
        MinMaxNorm::new(0.0, 1.0)
    }
}

impl Constraint for MinMaxNorm {
    fn apply(&self, weight: &Symbol) -> Symbol {
        let norms = norms(weight, &self.axes);
        let wanted = norms.clip(self.min_value, self.max_value) * self.rate + &norms * (1.0 - self.rate);
        weight * (wanted / (norms + EPSILON))
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        let (min, max) = (self.min_value, self.max_value);
        let axis = axis(&self.axes);
        Ok(("MinMaxNorm", json!({"min_value": min, "max_value": max, "rate": self.rate, "axis": axis})))
    }
}
