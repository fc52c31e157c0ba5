//! `L2`: the sum of squares.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::Value;

use super::Regularizer;
use super::reference::{checked, factor};

/// `l2 · Σw²`, without a half before it; the factor is 0.01 by default. Keras's `L2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L2 {
    l2: f64,
}

impl L2 {
    /// With this factor, from 0 up.
    pub fn new(l2: f64) -> L2 {
        L2 { l2 }
    }
}

impl Default for L2 {
    fn default() -> L2 {
        L2::new(0.01)
    }
}

impl Regularizer for L2 {
    fn loss(&self, values: &Symbol) -> Symbol {
        checked("L2", &[self.l2], values).unwrap_or_else(|| values.square().sum() * self.l2)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        factor("L2", "l2", self.l2)
    }
}
