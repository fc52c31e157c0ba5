//! `RootMeanSquaredError`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use super::{MetricState, mean_state};
use crate::losses::aligned;

metric! {
    /// The root of the mean of (label − prediction)². Keras's `RootMeanSquaredError`.
    pub struct RootMeanSquaredError("RootMeanSquaredError", "root_mean_squared_error") {}
}

impl RootMeanSquaredError {
    /// The metric.
    pub fn new() -> RootMeanSquaredError {
        RootMeanSquaredError::default()
    }
}

impl Metric for RootMeanSquaredError {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        (p - y).square()
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let mean = mean_state(path, &self.values(y_true, y_pred), weights);
        MetricState { result: mean.result.sqrt(), ..mean }
    }
}
