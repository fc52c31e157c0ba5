//! `PrecisionAtRecall`.

use saola_graph::Symbol;

use super::MetricState;
use super::at::{At, Rate};
use super::{Direction, Metric, metric};

metric! {
    /// The best precision at a threshold where the recall is at least a given one. Keras's `PrecisionAtRecall`.
    pub struct PrecisionAtRecall("PrecisionAtRecall", "precision_at_recall") {
        /// How many evenly spaced thresholds there are; 200 by default.
        num_thresholds: usize = 200,
        /// Only this class counts, of predictions `[.., classes]`.
        class_id: Option<usize> = None,
    } plain {
        recall: f64 = 0.5,
    }
}

impl PrecisionAtRecall {
    /// At a recall of at least `recall`, between 0 and 1.
    pub fn new(recall: f64) -> PrecisionAtRecall {
        PrecisionAtRecall { recall, ..PrecisionAtRecall::default() }
    }

    fn at(&self) -> At {
        At {
            best: Rate::Precision,
            where_rate: Rate::Recall,
            is_at_least: self.recall,
            thresholds: self.num_thresholds,
            class_id: self.class_id,
        }
    }
}

impl Metric for PrecisionAtRecall {
    super::methods!(Up);
    fn fault(&self) -> Option<saola_tensor::Error> {
        self.at().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.at().build(path, y_true, y_pred, weights)
    }
}
