//! `SparseTopKCategoricalAccuracy`.

use saola_graph::{DType, Symbol};

use super::{Direction, Metric, metric};
use crate::losses::class_numbers;

/// Whether fewer than `k` classes are above the label's: where several have its score, all of them are taken to be
/// among the first.
#[track_caller]
pub(super) fn among_first(labels: &Symbol, scores: &Symbol, k: usize) -> Symbol {
    let own = scores.take_along_axis(&labels.expand_dims(-1), -1);
    let above = scores.greater(&own).cast(DType::F32).sum_over(-1);
    let sound = own.squeeze(-1).is_finite();
    above.less(k as f64).logical_and(sound).cast(DType::F32)
}

metric! {
    /// How often the class that the label names is among the k most probable. Keras's `SparseTopKCategoricalAccuracy`.
    pub struct SparseTopKCategoricalAccuracy("SparseTopKCategoricalAccuracy", "sparse_top_k_categorical_accuracy") {
        /// How many classes are looked at; 5 by default.
        k: usize = 5,
        /// Whether predictions are class numbers, the best first, instead of scores; they are not by default.
        from_sorted_ids: bool = false,
    }
}

impl SparseTopKCategoricalAccuracy {
    /// The metric.
    pub fn new() -> SparseTopKCategoricalAccuracy {
        SparseTopKCategoricalAccuracy::default()
    }
}

impl Metric for SparseTopKCategoricalAccuracy {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let labels = class_numbers(y_true, y_pred);
        if self.from_sorted_ids {
            let first = y_pred.slice(-1, 0..self.k).cast(DType::I64);
            return first.equal(labels.expand_dims(-1)).any_over(-1).cast(DType::F32);
        }
        among_first(&labels, y_pred, self.k)
    }
}
