//! `F1Score`: the harmonic mean of precision and recall.

use saola_graph::Symbol;
use saola_tensor::Error;

use super::fbeta_score::{fault, score};
use super::{Average, Direction, Metric, MetricState, metric};

metric! {
    /// `2·precision·recall / (precision + recall)`, for labels of 0 and 1 `[batch, classes]` and scores of the same shape.
    /// Keras's `F1Score`.
    pub struct F1Score("F1Score", "f1_score") {
        /// How the scores of the classes become one number; by default they stay one for each class.
        average: Average = Average::None,
        /// A score above it says 1. By default the largest score of an example does.
        threshold: Option<f64> = None,
    }
}

impl F1Score {
    /// One score for each class.
    pub fn new() -> F1Score {
        F1Score::default()
    }
}

impl Metric for F1Score {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        fault(&self.name, 1.0, self.threshold)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        score((self.average, 1.0, self.threshold), path, y_true, y_pred, weights)
    }
}
