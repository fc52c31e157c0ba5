//! What a regressor's logits mean: standardized numbers, which are told in the label's own units.

use indexmap::IndexMap;
use saola_estimator::Features;
use saola_estimator::export::ExportOutput;
use saola_estimator::head::{RegressionHead, Scored, SingleHead};
use saola_graph::Symbol;
use saola_nn::metrics::MetricState;
use saola_tensor::{DType, Result};

use crate::classes::Scale;

/// A regression of one quantity. It learns from standardized labels, as [`crate::classes::Label::encode`] makes them, so
/// that learning rates mean the same whatever the unit; predictions and metrics are in the label's units.
#[derive(Clone, Debug)]
pub(crate) struct QuantityHead {
    scale: Scale,
    inner: RegressionHead,
}

impl QuantityHead {
    pub(crate) fn new(scale: Scale) -> QuantityHead {
        QuantityHead { scale, inner: RegressionHead::new() }
    }

    /// Standardized numbers in the label's units, f64: a mean that is large beside the deviation loses nothing.
    fn value(&self, x: &Symbol) -> Symbol {
        x.cast(DType::F64) * self.scale.deviation + self.scale.mean
    }
}

impl SingleHead for QuantityHead {
    fn logits_dimension(&self) -> usize {
        1
    }
    fn predictions(&self, logits: &Symbol) -> Result<IndexMap<String, Symbol>> {
        Ok([("predictions".to_string(), self.value(logits).cast(DType::F32))].into())
    }
    fn export_outputs(&self, predictions: &IndexMap<String, Symbol>) -> IndexMap<String, ExportOutput> {
        SingleHead::export_outputs(&self.inner, predictions)
    }
    fn score(&self, logits: &Symbol, labels: &Symbol, features: &Features) -> Result<Scored> {
        self.inner.score(logits, labels, features)
    }
    fn metrics(&self, logits: &Symbol, scored: &Scored) -> IndexMap<String, MetricState> {
        let mut all = self.inner.metrics(logits, scored);
        for (name, metric) in &mut all {
            metric.result = match name.as_str() {
                "average_loss" => metric.result.cast(DType::F64) * self.scale.deviation.powi(2),
                _ => self.value(&metric.result),
            };
        }
        all
    }
}
