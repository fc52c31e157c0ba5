//! The metrics, one file each.
//!
//! A metric is state of the graph: variables that a run updates in place, a result that is computed when somebody
//! asks, and a way back to zero. Nothing leaves the plan while a model trains.

mod accuracy;
mod auc;
mod binary_accuracy;
mod categorical_accuracy;
mod mean;
mod mean_squared_error;
mod precision;
mod recall;
mod sparse_categorical_accuracy;

pub use accuracy::Accuracy;
pub use auc::{Auc, Curve};
pub use binary_accuracy::BinaryAccuracy;
pub use categorical_accuracy::CategoricalAccuracy;
pub use mean::{Mean, Sum};
pub use mean_squared_error::MeanSquaredError;
pub use precision::Precision;
pub use recall::Recall;
pub use sparse_categorical_accuracy::SparseCategoricalAccuracy;

use std::sync::Arc;

use saola_graph::{Effect, Symbol, Variable, assign, constant, group, select};
use saola_tensor::Error;

use crate::initializers::unknown;
use crate::losses::fit_weights;

/// A number that sums up how well predictions meet labels, over many batches.
pub trait Metric: Send + Sync + std::fmt::Debug {
    /// The name under which it is shown.
    fn name(&self) -> String;

    /// What is wrong with the metric itself, before it meets any data.
    fn fault(&self) -> Option<Error> {
        None
    }

    /// The value of each example, whose weighted mean is the metric.
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol;

    /// The metric's state, its update by one batch, and its result.
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        mean_state(path, &self.values(y_true, y_pred), weights)
    }
}

/// A metric as a part of a graph.
#[derive(Clone, Debug)]
pub struct MetricState {
    /// Takes in one batch.
    pub update: Effect,
    /// The result so far.
    pub result: Symbol,
    /// Returns to the state before any batch.
    pub reset: Effect,
    /// The variables.
    pub variables: Vec<Symbol>,
}

/// A running mean of `values`: the sum of weight · value divided by the sum of the weights; 0 before any.
#[track_caller]
pub fn mean_state(path: &str, values: &Symbol, weights: Option<&Symbol>) -> MetricState {
    let total = Variable::new(format!("{path}/total"), 0.0f32).trainable(false).symbol();
    let count = Variable::new(format!("{path}/count"), 0.0f32).trainable(false).symbol();
    let values = values.cast(saola_tensor::DType::F32);
    let ones = values.fill_like(1.0, values.dtype());
    let (sum, n) = match weights {
        None => (values.sum(), ones.sum()),
        Some(weights) => {
            let weights = fit_weights(weights, &values);
            ((&values * &weights).sum(), (ones * weights).sum())
        }
    };
    let update = group([total.assign_add(&sum), count.assign_add(&n)]);
    let empty = count.equal(0.0);
    let result = select(&empty, 0.0, &total / select(&empty, 1.0, &count));
    finish(update, result, vec![total, count])
}

/// A state whose reset sets all variables to zero.
pub(crate) fn finish(update: Effect, result: Symbol, variables: Vec<Symbol>) -> MetricState {
    let zeros = variables.iter().map(|v| assign(v, &constant(0.0f32)));
    let reset = group(zeros.collect::<Vec<_>>());
    finish_like(update, result, reset, variables)
}

/// A state with a reset of its own.
pub(crate) fn finish_like(
    update: Effect,
    result: Symbol,
    reset: Effect,
    variables: Vec<Symbol>,
) -> MetricState {
    MetricState { update, result, reset, variables }
}

/// A metric to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct MetricRef(Arc<dyn Metric>);

impl MetricRef {
    /// The metric.
    pub fn metric(&self) -> &dyn Metric {
        &*self.0
    }
}

impl<M: Metric + 'static> From<M> for MetricRef {
    fn from(metric: M) -> MetricRef {
        MetricRef(Arc::new(metric))
    }
}

/// The metric of a Keras name; an unknown one gives an error where it is built.
impl From<&str> for MetricRef {
    fn from(name: &str) -> MetricRef {
        match name {
            "accuracy" | "acc" => Accuracy::new().into(),
            "binary_accuracy" => BinaryAccuracy::new().into(),
            "categorical_accuracy" => CategoricalAccuracy::new().into(),
            "sparse_categorical_accuracy" => SparseCategoricalAccuracy::new().into(),
            "mean_squared_error" | "mse" => MeanSquaredError::new().into(),
            _ => {
                let names = [
                    "accuracy",
                    "binary_accuracy",
                    "categorical_accuracy",
                    "sparse_categorical_accuracy",
                    "mean_squared_error",
                ];
                MetricRef(Arc::new(Unknown(name.to_string(), unknown("metric", name, &names))))
            }
        }
    }
}

#[derive(Debug)]
struct Unknown(String, Error);

impl Metric for Unknown {
    fn name(&self) -> String {
        self.0.clone()
    }
    fn fault(&self) -> Option<Error> {
        Some(self.1.clone())
    }
    fn values(&self, _y_true: &Symbol, _y_pred: &Symbol) -> Symbol {
        Symbol::poisoned(self.1.clone())
    }
}

/// Adds the builder methods that every metric has.
macro_rules! common {
    ($metric:ident) => {
        impl $metric {
            /// Another name to be shown under.
            #[must_use]
            pub fn named(mut self, name: impl Into<String>) -> $metric {
                self.name = name.into();
                self
            }
        }
    };
}
pub(crate) use common;
