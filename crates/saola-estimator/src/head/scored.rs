//! Losses of a batch.

use saola_graph::Symbol;
use saola_nn::losses::Reduction;
use saola_tensor::{Error, Result};

/// The losses of a batch, with what they came from.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The labels as numbers: `[batch, 1]`, or `[batch, n]` where there are several for each example.
    pub labels: Symbol,
    /// The losses, of the same shape or `[batch, 1]`.
    pub losses: Symbol,
    /// What each example counts, `[batch, 1]`.
    pub weights: Option<Symbol>,
}

impl Scored {
    /// The losses as one number, by their weights.
    ///
    /// # Errors
    /// A reduction that gives no number, or that heads do not have.
    pub fn reduced(&self, reduction: Reduction) -> Result<Symbol> {
        let weighted = match &self.weights {
            Some(weights) => &self.losses * weights,
            None => self.losses.clone(),
        };
        match reduction {
            Reduction::SumOverBatchSize => Ok(weighted.mean()),
            Reduction::Sum => Ok(weighted.sum()),
            other => Err(Error::value(format!("a head cannot reduce its losses by {other:?}"))
                .help("use `Reduction::SumOverBatchSize` or `Reduction::Sum`")),
        }
    }
}
