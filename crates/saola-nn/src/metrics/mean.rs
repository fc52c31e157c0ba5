//! `Mean` and `Sum`: of a value of the graph's own.

use saola_graph::{Symbol, Variable, group};
use saola_tensor::DType;

use super::{MetricState, finish, mean_state};
use crate::losses::fit_weights;

/// The weighted mean of all values of a symbol, over many batches. Keras's `Mean`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean;

impl Mean {
    /// The state, its update by the batch's `values`, and the mean so far.
    #[track_caller]
    pub fn build(self, path: &str, values: &Symbol, weights: Option<&Symbol>) -> MetricState {
        mean_state(path, values, weights)
    }
}

/// The weighted sum of all values of a symbol, over many batches. Keras's `Sum`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum;

impl Sum {
    /// The state, its update by the batch's `values`, and the sum so far.
    #[track_caller]
    pub fn build(self, path: &str, values: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let total = Variable::new(format!("{path}/total"), 0.0f32).trainable(false).symbol();
        let values = values.cast(DType::F32);
        let sum = match weights {
            None => values.sum(),
            Some(weights) => (&values * fit_weights(weights, &values)).sum(),
        };
        finish(group([total.assign_add(&sum)]), total.clone(), vec![total])
    }
}
