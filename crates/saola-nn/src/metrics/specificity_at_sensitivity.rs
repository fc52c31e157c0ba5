//! `SpecificityAtSensitivity`.

use saola_graph::Symbol;

use super::MetricState;
use super::at::{At, Rate};
use super::{Direction, Metric, metric};

metric! {
    /// The best specificity at a threshold where the sensitivity is at least a given one. Keras's
    /// `SpecificityAtSensitivity`.
    pub struct SpecificityAtSensitivity("SpecificityAtSensitivity", "specificity_at_sensitivity") {
        /// How many evenly spaced thresholds there are; 200 by default.
        num_thresholds: usize = 200,
        /// Only this class counts, of predictions `[.., classes]`.
        class_id: Option<usize> = None,
    } plain {
        sensitivity: f64 = 0.5,
    }
}

impl SpecificityAtSensitivity {
    /// At a sensitivity of at least `sensitivity`, between 0 and 1.
    pub fn new(sensitivity: f64) -> SpecificityAtSensitivity {
        SpecificityAtSensitivity { sensitivity, ..SpecificityAtSensitivity::default() }
    }

    fn at(&self) -> At {
        At {
            best: Rate::Specificity,
            where_rate: Rate::Recall,
            is_at_least: self.sensitivity,
            thresholds: self.num_thresholds,
            class_id: self.class_id,
        }
    }
}

impl Metric for SpecificityAtSensitivity {
    super::methods!(Up);
    fn fault(&self) -> Option<saola_tensor::Error> {
        self.at().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.at().build(path, y_true, y_pred, weights)
    }
}
