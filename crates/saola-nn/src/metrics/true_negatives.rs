//! `TrueNegatives`.

use saola_graph::Symbol;

use super::MetricState;
use super::confusion::{Confusion, Count, threshold_fault};
use super::{Metric, metric};

metric! {
    /// How many labels of 0 are scored at or below the threshold, by weight, at one or several thresholds. Keras's `TrueNegatives`.
    pub struct TrueNegatives("TrueNegatives", "true_negatives") {
        /// One or several thresholds: a score above one says 1. ½ by default.
        thresholds: Vec<f64> = Vec::new(),
    }
}

impl TrueNegatives {
    /// The metric.
    pub fn new() -> TrueNegatives {
        TrueNegatives::default()
    }
}

impl Metric for TrueNegatives {
    super::methods!(None);
    fn fault(&self) -> Option<saola_tensor::Error> {
        threshold_fault(&self.name, &self.thresholds)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let confusion = Confusion::given(&self.thresholds, None, None);
        let counted = confusion.count(path, &[Count::TrueNegatives], y_true, y_pred, weights);
        let result = counted.states[0].clone();
        counted.with(&result)
    }
}
