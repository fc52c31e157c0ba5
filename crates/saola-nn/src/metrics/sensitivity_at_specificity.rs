//! `SensitivityAtSpecificity`.

use saola_graph::Symbol;

use super::MetricState;
use super::at::{At, Rate};
use super::{Direction, Metric, metric};

metric! {
    /// The best sensitivity at a threshold where the specificity is at least a given one. Keras's
    /// `SensitivityAtSpecificity`.
    pub struct SensitivityAtSpecificity("SensitivityAtSpecificity", "sensitivity_at_specificity") {
        /// How many evenly spaced thresholds there are; 200 by default.
        num_thresholds: usize = 200,
        /// Only this class counts, of predictions `[.., classes]`.
        class_id: Option<usize> = None,
    } plain {
        specificity: f64 = 0.5,
    }
}

impl SensitivityAtSpecificity {
    /// At a specificity of at least `specificity`, between 0 and 1.
    pub fn new(specificity: f64) -> SensitivityAtSpecificity {
        SensitivityAtSpecificity { specificity, ..SensitivityAtSpecificity::default() }
    }

    fn at(&self) -> At {
        At {
            best: Rate::Recall,
            where_rate: Rate::Specificity,
            is_at_least: self.specificity,
            thresholds: self.num_thresholds,
            class_id: self.class_id,
        }
    }
}

impl Metric for SensitivityAtSpecificity {
    super::methods!(Up);
    fn fault(&self) -> Option<saola_tensor::Error> {
        self.at().fault(&self.name)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        self.at().build(path, y_true, y_pred, weights)
    }
}
