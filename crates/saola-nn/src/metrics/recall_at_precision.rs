//! `RecallAtPrecision`.

use saola_graph::Symbol;

use super::MetricState;
use super::at::{At, Rate};
use super::{Direction, Metric, metric};

metric! {
    /// The best recall at a threshold where the precision is at least a given one. Keras's `RecallAtPrecision`.
    pub struct RecallAtPrecision("RecallAtPrecision", "recall_at_precision") {
        /// How many evenly spaced thresholds there are; 200 by default.
        num_thresholds: usize = 200,
        /// Only this class counts, of predictions `[.., classes]`.
        class_id: Option<usize> = None,
    } plain {
        precision: f64 = 0.5,
    }
}

impl RecallAtPrecision {
    /// At a precision of at least `precision`, between 0 and 1.
    pub fn new(precision: f64) -> RecallAtPrecision {
        RecallAtPrecision { precision, ..RecallAtPrecision::default() }
    }

    fn at(&self) -> At {
        At {
            best: Rate::Recall,
            where_rate: Rate::Precision,
            is_at_least: self.precision,
            thresholds: self.num_thresholds,
            class_id: self.class_id,
        }
    }
}

impl Metric for RecallAtPrecision {
    super::methods!(Up);
    fn fault(&self) -> Option<saola_tensor::Error> {
        self.at().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.at().build(path, y_true, y_pred, weights)
    }
}
