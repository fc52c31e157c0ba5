//! `MeanMetricWrapper`: the mean of a function of your own.

use std::sync::Arc;

use saola_graph::Symbol;

use super::{Direction, Metric};

type Function = Arc<dyn Fn(&Symbol, &Symbol) -> Symbol + Send + Sync>;

/// The weighted mean of a function of labels and predictions that gives a value for each example. Keras's
/// `MeanMetricWrapper`, and what Keras makes of a function among the metrics.
///
/// ```
/// use saola_nn::metrics::MeanMetricWrapper;
///
/// let bias = MeanMetricWrapper::new("bias", |y_true, y_pred| (y_pred - y_true).mean_over(-1));
/// ```
#[derive(Clone)]
pub struct MeanMetricWrapper {
    name: String,
    function: Function,
    direction: Option<Direction>,
}

impl std::fmt::Debug for MeanMetricWrapper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MeanMetricWrapper({})", self.name)
    }
}

impl MeanMetricWrapper {
    /// The mean of `function`, which takes labels and predictions.
    pub fn new(
        name: impl Into<String>,
        function: impl Fn(&Symbol, &Symbol) -> Symbol + Send + Sync + 'static,
    ) -> MeanMetricWrapper {
        MeanMetricWrapper { name: name.into(), function: Arc::new(function), direction: None }
    }

    /// Whether more or less is better, for callbacks that ask.
    #[must_use]
    pub fn direction(mut self, direction: Direction) -> MeanMetricWrapper {
        self.direction = Some(direction);
        self
    }
}

impl Metric for MeanMetricWrapper {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn direction(&self) -> Option<Direction> {
        self.direction
    }
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        (self.function)(y_true, y_pred)
    }
}
