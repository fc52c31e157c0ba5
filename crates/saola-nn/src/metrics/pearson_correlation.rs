//! `PearsonCorrelation`.

use saola_graph::{Axes, Symbol};

use super::{Direction, Metric, metric};
use crate::losses::aligned;

metric! {
    /// The mean of the correlation of labels and predictions along an axis (Pearson, 1896). Keras's `PearsonCorrelation`.
    pub struct PearsonCorrelation("PearsonCorrelation", "pearson_correlation") {
        /// The axis along which values belong together; the last by default.
        axis: isize = -1,
    }
}

impl PearsonCorrelation {
    /// The metric.
    pub fn new() -> PearsonCorrelation {
        PearsonCorrelation::default()
    }
}

impl Metric for PearsonCorrelation {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let standard = |x: &Symbol| {
            let centred = x - x.mean_over(Axes::from(self.axis).keep());
            &centred / centred.square().mean_over(Axes::from(self.axis).keep()).sqrt()
        };
        (standard(&y) * standard(&p)).mean_over(self.axis)
    }
}
