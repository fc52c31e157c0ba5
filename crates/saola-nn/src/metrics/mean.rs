//! `Mean` and `Sum`: of a value of the graph's own.

use saola_graph::{Symbol, group};

use super::{MetricState, Samples, finish, mean_state, zeros};

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
        let total = zeros(path, "total", []);
        let samples = Samples::new(values, weights, |x, axes| x.sum_over(axes));
        finish(group([total.assign_add(&samples.values.sum())]), total.clone(), vec![total])
    }
}
