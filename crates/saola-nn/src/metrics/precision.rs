//! `Precision`: how many of those said to be positive are.

use saola_graph::{DType, Symbol, Variable, group};

use super::auc::ratio;
use super::{MetricState, finish};

/// True positives divided by all that are said to be positive, for labels of 0 and 1 and probabilities above ½. Keras's
/// `Precision`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Precision;

impl Precision {
    /// The metric.
    pub fn new() -> Precision {
        Precision
    }

    /// The state, its update by one batch, and the precision so far.
    #[track_caller]
    pub fn build(self, path: &str, y_true: &Symbol, y_pred: &Symbol) -> MetricState {
        let said = y_pred.greater(0.5).cast(DType::F32);
        let is = y_true.cast(DType::F32);
        rate(path, "false_positives", &(&said * &is).sum(), &(&said * (1.0 - &is)).sum())
    }
}

/// hits / (hits + misses), with both counted over batches.
pub(crate) fn rate(path: &str, misses_name: &str, hits: &Symbol, misses: &Symbol) -> MetricState {
    let make = |name: &str| Variable::new(format!("{path}/{name}"), 0.0f32).trainable(false).symbol();
    let (a, b) = (make("true_positives"), make(misses_name));
    let update = group([a.assign_add(hits), b.assign_add(misses)]);
    let result = ratio(&a, &(&a + &b));
    finish(update, result, vec![a, b])
}
