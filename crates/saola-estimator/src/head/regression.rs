//! `RegressionHead`: numbers.

use indexmap::IndexMap;
use saola_graph::Symbol;
use saola_nn::losses::Reduction;
use saola_nn::metrics::{Mean, MetricState};
use saola_tensor::{DType, Error, Result};

use super::labels::{column, weights};
use super::{Scored, SingleHead, shared_settings};
use crate::Features;
use crate::export::ExportOutput;

/// Numbers, by their squared error. Predictions: `predictions`; metrics: `average_loss`, `label/mean`,
/// `prediction/mean`. The reference's `RegressionHead`.
#[derive(Clone, Debug)]
pub struct RegressionHead {
    label_dimension: usize,
    weight_column: Option<String>,
    reduction: Reduction,
}

shared_settings!(RegressionHead);

impl Default for RegressionHead {
    fn default() -> RegressionHead {
        RegressionHead::new()
    }
}

impl RegressionHead {
    /// The head for one number of each example.
    pub fn new() -> RegressionHead {
        RegressionHead { label_dimension: 1, weight_column: None, reduction: Reduction::default() }
    }

    /// How many numbers each example has; 1 by default.
    #[must_use]
    pub fn label_dimension(mut self, n: usize) -> RegressionHead {
        self.label_dimension = n;
        self
    }
}

impl SingleHead for RegressionHead {
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
        Ok([("predictions".to_string(), logits.clone())].into())
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        super::regression(predictions)
    }
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored> {
        let labels = numbers(labels, self.label_dimension)?;
        let losses = logits.squared_difference(&labels);
        Ok(Scored { labels, losses, weights: weights(features, self.weight_column.as_deref())? })
    }
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState> {
        means(scored, logits)
    }
}

/// What is wrong with a number of labels.
pub(super) fn dimension_faults(n: usize) -> Vec<String> {
    if n == 0 { vec!["label_dimension is 0".into()] } else { Vec::new() }
}

/// Labels as numbers, `[batch, width]`.
pub(super) fn numbers(labels: &Symbol, width: usize) -> Result<Symbol> {
    if labels.dtype() == DType::Str {
        return Err(Error::dtype("labels are strings, and the model predicts numbers")
            .help("give the labels as numbers, or use a classifier"));
    }
    Ok(column(labels, width, "labels")?.cast(DType::F32))
}

/// The metrics of a regression.
pub(super) fn means(scored: &Scored, predictions: &Symbol) -> IndexMap<String, MetricState> {
    let w = scored.weights.as_ref();
    IndexMap::from([
        ("average_loss".to_string(), Mean.build("metrics/average_loss", &scored.losses, w)),
        ("label/mean".into(), Mean.build("metrics/label_mean", &scored.labels, w)),
        ("prediction/mean".into(), Mean.build("metrics/prediction_mean", predictions, w)),
    ])
}
