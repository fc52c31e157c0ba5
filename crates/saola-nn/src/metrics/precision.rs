//! `Precision`.

use saola_graph::Symbol;

use super::MetricState;
use super::confusion::{Confusion, Count, ratio, threshold_fault};
use super::{Direction, Metric, metric};

metric! {
    /// True positives divided by all that are said to be positive. Keras's `Precision`.
    pub struct Precision("Precision", "precision") {
        /// One or several thresholds: a score above one says 1. ½ by default, or with [`top_k`](Self::top_k) none.
        thresholds: Vec<f64> = Vec::new(),
        /// Only the k best scores of an example can say 1.
        top_k: Option<usize> = None,
        /// Only this class counts, of predictions `[.., classes]`.
        class_id: Option<usize> = None,
    }
}

impl Precision {
    /// The metric.
    pub fn new() -> Precision {
        Precision::default()
    }
}

impl Metric for Precision {
    super::methods!(Up);
    fn fault(&self) -> Option<saola_tensor::Error> {
        threshold_fault(&self.name, &self.thresholds)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let confusion = Confusion::given(&self.thresholds, self.top_k, self.class_id);
        let wanted = [Count::TruePositives, Count::FalsePositives];
        let counted = confusion.count(path, &wanted, y_true, y_pred, weights);
        let result = ratio(&counted.states[0], &(&counted.states[0] + &counted.states[1]));
        counted.with(&result)
    }
}
