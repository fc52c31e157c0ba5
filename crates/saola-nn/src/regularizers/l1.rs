//! `L1`: the sum of absolute values.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::Value;

use super::Regularizer;
use super::reference::{checked, factor};

/// `l1 · Σ|w|`; the factor is 0.01 by default. Keras's `L1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1 {
    l1: f64,
}

impl L1 {
    /// With this factor, from 0 up.
    pub fn new(l1: f64) -> L1 {
        L1 { l1 }
    }
}

impl Default for L1 {
    fn default() -> L1 {
        L1::new(0.01)
    }
}

impl Regularizer for L1 {
    fn loss(&self, values: &Symbol) -> Symbol {
        checked("L1", &[self.l1], values).unwrap_or_else(|| values.abs().sum() * self.l1)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        factor("L1", "l1", self.l1)
    }
}
