//! `L1L2`: absolute values and squares.

use saola_graph::Symbol;
use saola_tensor::Result;
use serde_json::{Value, json};

use super::Regularizer;
use super::reference::checked;

/// `l1 · Σ|w| + l2 · Σw²`. Keras's `L1L2`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1L2 {
    l1: f64,
    l2: f64,
}

impl L1L2 {
    /// With these factors, from 0 up.
    pub fn new(l1: f64, l2: f64) -> L1L2 {
        L1L2 { l1, l2 }
    }
}

impl Default for L1L2 {
    /// Both factors 0, as in Keras: it adds nothing.
    fn default() -> L1L2 {
        L1L2::new(0.0, 0.0)
    }
}

impl Regularizer for L1L2 {
    fn loss(&self, values: &Symbol) -> Symbol {
        checked("L1L2", &[self.l1, self.l2], values)
            .unwrap_or_else(|| values.abs().sum() * self.l1 + values.square().sum() * self.l2)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        Ok(("L1L2", json!({"l1": self.l1, "l2": self.l2})))
    }
}
