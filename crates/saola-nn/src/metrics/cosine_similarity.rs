//! `CosineSimilarity`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{aligned, unit};

metric! {
    /// The mean cosine of the angle between labels and predictions along an axis: 1 where they point the same way. Keras's
    /// metric `CosineSimilarity`.
    pub struct CosineSimilarity("CosineSimilarity", "cosine_similarity") {
        /// The axis of the vectors; the last by default.
        axis: isize = -1,
    }
}

impl CosineSimilarity {
    /// The metric.
    pub fn new() -> CosineSimilarity {
        CosineSimilarity::default()
    }
}

impl Metric for CosineSimilarity {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        (unit(&y, self.axis) * unit(&p, self.axis)).sum_over(self.axis)
    }
}
