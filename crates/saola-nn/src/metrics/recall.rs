//! `Recall`: how many of the positives are found.

use saola_graph::{DType, Symbol};

use super::MetricState;
use super::precision::rate;

/// True positives divided by all positives, for labels of 0 and 1 and probabilities above ½. Keras's `Recall`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Recall;

impl Recall {
    /// The metric.
    pub fn new() -> Recall {
        Recall
    }

    /// The state, its update by one batch, and the recall so far.
    #[track_caller]
    pub fn build(self, path: &str, y_true: &Symbol, y_pred: &Symbol) -> MetricState {
        let said = y_pred.greater(0.5).cast(DType::F32);
        let is = y_true.cast(DType::F32);
        rate(path, "false_negatives", &(&said * &is).sum(), &((1.0 - &said) * &is).sum())
    }
}
