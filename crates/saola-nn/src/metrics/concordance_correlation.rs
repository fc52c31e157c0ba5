//! `ConcordanceCorrelation`.

use saola_graph::{Axes, Symbol};

use super::{Direction, Metric, metric};
use crate::losses::{EPSILON, aligned};

metric! {
    /// The mean along an axis of 2·(y − p̄)·(p − p̄) / (var y + var p + (ȳ − p̄)² + 1e-7), for labels y and predictions p: how well
    /// they agree, after Lin (1989). Keras's `ConcordanceCorrelation`, whose numerator this is.
    pub struct ConcordanceCorrelation("ConcordanceCorrelation", "concordance_correlation") {
        /// The axis along which values belong together; the last by default.
        axis: isize = -1,
    }
}

impl ConcordanceCorrelation {
    /// The metric.
    pub fn new() -> ConcordanceCorrelation {
        ConcordanceCorrelation::default()
    }
}

impl Metric for ConcordanceCorrelation {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let mean = |x: &Symbol| x.mean_over(Axes::from(self.axis).keep());
        let (my, mp) = (mean(&y), mean(&p));
        let variance = |x: &Symbol, m: &Symbol| mean(&(x - m).square());
        let norm = variance(&y, &my) + variance(&p, &mp) + (&my - &mp).square();
        ((&y - &mp) * (&p - &mp) * 2.0 / (norm + EPSILON)).mean_over(self.axis)
    }
}
