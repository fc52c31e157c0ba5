//! `FalsePositives`.

use saola_graph::Symbol;

use super::MetricState;
use super::confusion::{Confusion, Count, threshold_fault};
use super::{Metric, metric};

metric! {
    /// How many labels of 0 are scored above the threshold, by weight, at one or several thresholds. Keras's `FalsePositives`.
    pub struct FalsePositives("FalsePositives", "false_positives") {
        /// One or several thresholds: a score above one says 1. ½ by default.
        thresholds: Vec<f64> = Vec::new(),
    }
}

impl FalsePositives {
    /// The metric.
    pub fn new() -> FalsePositives {
        FalsePositives::default()
    }
}

impl Metric for FalsePositives {
    super::methods!(None);
    fn fault(&self) -> Option<saola_tensor::Error> {
        threshold_fault(&self.name, &self.thresholds)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let confusion = Confusion::given(&self.thresholds, None, None);
        let counted = confusion.count(path, &[Count::FalsePositives], y_true, y_pred, weights);
        let result = counted.states[0].clone();
        counted.with(&result)
    }
}
