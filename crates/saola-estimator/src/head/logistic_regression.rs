//! `LogisticRegressionHead`: a probability.

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_nn::losses::Reduction;
use saola_nn::metrics::MetricState;
use saola_tensor::Result;

use super::labels::weights;
use super::regression::{means, numbers};
use super::{Scored, SingleHead, shared_settings};
use crate::Features;
use crate::export::ExportOutput;

/// A number between 0 and 1, by sigmoid cross-entropy: labels may be probabilities. Predictions: `logits`,
/// `predictions`; metrics: `average_loss`, `label/mean`, `prediction/mean`. The reference's `LogisticRegressionHead`.
#[derive(Clone, Debug, Default)]
pub struct LogisticRegressionHead {
    weight_column: Option<String>,
    reduction: Reduction,
}

shared_settings!(LogisticRegressionHead);

impl LogisticRegressionHead {
    /// The head.
    pub fn new() -> LogisticRegressionHead {
        LogisticRegressionHead::default()
    }
}

impl SingleHead for LogisticRegressionHead {
    fn logits_dimension(&self) -> usize {
        1
    }
    fn reduction(&self) -> Reduction {
        self.reduction
    }
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        Ok([("logits".to_string(), logits.clone()), ("predictions".to_string(), logits.sigmoid())].into())
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        super::regression(predictions)
    }
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored> {
        let labels = numbers(labels, 1)?.ensure_range(0.0, 1.0, "labels");
        let losses = logits.sigmoid_cross_entropy(&labels);
        Ok(Scored { labels, losses, weights: weights(features, self.weight_column.as_deref())? })
    }
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState> {
        means(scored, &logits.sigmoid())
    }
}
