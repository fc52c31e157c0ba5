//! `OrthogonalRegularizer`: rows that look in different directions.

use saola_graph::{Symbol, eye};
use saola_tensor::{Error, Result};
use serde_json::{Value, json};

use super::Regularizer;
use super::reference::checked;

/// `factor` times the mean over all pairs of rows of the absolute value of the cosine between them. For matrices
/// alone. Keras's `OrthogonalRegularizer`, whose factor is 0.01 by default.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrthogonalRegularizer {
    factor: f64,
    mode: Rows,
}

/// What is to be orthogonal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rows {
    /// The rows of the matrix.
    #[default]
    Rows,
    /// Its columns.
    Columns,
}

impl OrthogonalRegularizer {
    /// Over rows, with this factor, from 0 up.
    pub fn new(factor: f64) -> OrthogonalRegularizer {
        OrthogonalRegularizer { factor, mode: Rows::Rows }
    }

    /// Rows, the default, or columns.
    #[must_use]
    pub fn mode(mut self, mode: Rows) -> OrthogonalRegularizer {
        self.mode = mode;
        self
    }
}

impl Default for OrthogonalRegularizer {
    fn default() -> OrthogonalRegularizer {
        OrthogonalRegularizer::new(0.01)
    }
}

impl Regularizer for OrthogonalRegularizer {
    fn loss(&self, values: &Symbol) -> Symbol {
        if let Some(wrong) = checked("OrthogonalRegularizer", &[self.factor], values) {
            return wrong;
        }
        let rows = match self.mode {
            Rows::Rows => 0,
            Rows::Columns => 1,
        };
        let Some(n) = values.dims().get(rows).and_then(|d| d.known()).filter(|_| values.rank() == 2) else {
            let error = Error::shape(format!("OrthogonalRegularizer: the weight is {}", values.spec()));
            return Symbol::poisoned(error.help("it is for matrices alone"));
        };
        let x = if rows == 0 { values.clone() } else { values.transpose() };
        let x = x.l2_normalize(-1, 1e-12);
        let cosines = x.matmul(&x.transpose()) * (1.0 - eye(n, n, 0, values.dtype()));
        let pairs = (n as f64 * (n as f64 - 1.0) / 2.0).max(1.0);
        cosines.abs().sum() * (self.factor * 0.5 / pairs)
    }
    fn config(&self) -> Result<(&'static str, Value)> {
        let mode = match self.mode {
            Rows::Rows => "rows",
            Rows::Columns => "columns",
        };
        Ok(("OrthogonalRegularizer", json!({"factor": self.factor, "mode": mode})))
    }
}
