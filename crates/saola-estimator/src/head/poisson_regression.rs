//! `PoissonRegressionHead`: a rate of events.

use indexmap::IndexMap;
use saola_graph::{Symbol, select};
use saola_nn::losses::Reduction;
use saola_nn::metrics::MetricState;
use saola_tensor::Result;

use super::labels::weights;
use super::regression::{dimension_faults, means, numbers};
use super::{Scored, SingleHead, shared_settings};
use crate::Features;
use crate::export::ExportOutput;

/// Rates of events that are counted, whose logarithms the logits are. The loss of a count k is eᶻ − kz, with Stirling's
/// approximation of log k! unless that is left out. Predictions: `logits`, `predictions`; metrics: `average_loss`,
/// `label/mean`, `prediction/mean`. The reference's `PoissonRegressionHead`.
#[derive(Clone, Debug)]
pub struct PoissonRegressionHead {
    label_dimension: usize,
    full_loss: bool,
    weight_column: Option<String>,
    reduction: Reduction,
}

shared_settings!(PoissonRegressionHead);

impl Default for PoissonRegressionHead {
    fn default() -> PoissonRegressionHead {
        PoissonRegressionHead::new()
    }
}

impl PoissonRegressionHead {
    /// The head for one count of each example.
    pub fn new() -> PoissonRegressionHead {
        PoissonRegressionHead {
            label_dimension: 1,
            full_loss: true,
            weight_column: None,
            reduction: Reduction::default(),
        }
    }

    /// How many counts each example has; 1 by default.
    #[must_use]
    pub fn label_dimension(mut self, n: usize) -> PoissonRegressionHead {
        self.label_dimension = n;
        self
    }

    /// Whether the loss has the part that no weight changes; true by default.
    #[must_use]
    pub fn compute_full_loss(mut self, full: bool) -> PoissonRegressionHead {
        self.full_loss = full;
        self
    }
}

impl SingleHead for PoissonRegressionHead {
    fn logits_dimension(&self) -> usize {
        self.label_dimension
    }
    fn faults(&self) -> Vec<String> {
        dimension_faults(self.label_dimension)
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        Ok([("logits".to_string(), logits.clone()), ("predictions".to_string(), logits.exp())].into())
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        super::regression(predictions)
    }
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored> {
        let labels = numbers(labels, self.label_dimension)?.ensure_range(0.0, f64::INFINITY, "labels");
        let mut losses = logits.exp() - logits * &labels;
        if self.full_loss {
            losses = losses + stirling(&labels);
        }
        Ok(Scored { labels, losses, weights: weights(features, self.weight_column.as_deref())? })
    }
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState> {
        means(scored, &logits.exp())
    }
}

/// Stirling's approximation of log k!, and 0 for counts up to 1, where it is none.
fn stirling(k: &Symbol) -> Symbol {
    // A count of 0 has no logarithm, and its part is not used.
    let one = k.maximum(1.0);
    let value = &one * one.log() - &one + (&one * std::f64::consts::TAU).log() * 0.5;
    select(&k.greater(1.0), value, 0.0)
}
