//! Metrics as parts of a graph: variables, their update, the result.

use saola_graph::{Axes, DType, Dim, Effect, Symbol, Variable, assign, constant, group};
use saola_tensor::{Error, Tensor};

use crate::losses::ratio;

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

impl MetricState {
    /// A metric that cannot be built.
    pub fn poisoned(error: Error) -> MetricState {
        let symbol = Symbol::poisoned(error);
        let effect = Effect::new(symbol.clone());
        MetricState { update: effect.clone(), result: symbol, reset: effect, variables: Vec::new() }
    }
}

/// One value for each example, and the examples' weights.
pub(crate) struct Samples {
    /// The weighted values.
    pub(crate) values: Symbol,
    /// The weights, where there are some.
    pub(crate) weights: Option<Symbol>,
}

impl Samples {
    /// Values and weights with all axes but the first reduced, as Keras does it: those that the weights do not have
    /// before weighting, the others after it.
    #[track_caller]
    pub(crate) fn new(
        values: &Symbol,
        weights: Option<&Symbol>,
        reduce: impl Fn(&Symbol, Axes) -> Symbol,
    ) -> Samples {
        let from = |x: &Symbol, first: usize| match x.rank() > first {
            true => reduce(x, Axes::from((first as isize..x.rank() as isize).collect::<Vec<_>>())),
            false => x.clone(),
        };
        let mut values = values.cast(DType::F32);
        let Some(weights) = weights else {
            return Samples { values: from(&values, 1), weights: None };
        };
        let mut weights = weights.cast(DType::F32);
        if weights.rank() == values.rank() + 1 && weights.dim(-1) == Dim::Known(1) {
            if values.rank() == 1 { values = values.expand_dims(-1) } else { weights = weights.squeeze(-1) }
        }
        let rank = weights.rank();
        values = from(&values, rank);
        if rank > 0 {
            weights = &weights * values.fill_like(1.0, DType::F32);
        }
        Samples { values: from(&(values * &weights), 1), weights: Some(from(&weights, 1)) }
    }
}

/// A running mean of `values`: the sum of weight · value divided by the sum of the weights; 0 before any.
#[track_caller]
pub fn mean_state(path: &str, values: &Symbol, weights: Option<&Symbol>) -> MetricState {
    let (total, count) = (zeros(path, "total", []), zeros(path, "count", []));
    let samples = Samples::new(values, weights, |x, axes| x.mean_over(axes));
    let n = match &samples.weights {
        Some(weights) => weights.sum(),
        None => samples.values.fill_like(1.0, DType::F32).sum(),
    };
    let update = group([total.assign_add(&samples.values.sum()), count.assign_add(&n)]);
    let result = ratio(&total, &count);
    finish(update, result, vec![total, count])
}

/// A variable of a metric, which starts at zero.
#[track_caller]
pub(crate) fn zeros(path: &str, name: &str, dims: impl Into<Vec<usize>>) -> Symbol {
    zeros_of(DType::F32, path, name, dims)
}

/// As [`zeros`], of another dtype.
#[track_caller]
pub(crate) fn zeros_of(dtype: DType, path: &str, name: &str, dims: impl Into<Vec<usize>>) -> Symbol {
    let dims: Vec<usize> = dims.into();
    match Tensor::zeros(dtype, dims) {
        Ok(zeros) => Variable::new(format!("{path}/{name}"), zeros).trainable(false).symbol(),
        Err(error) => Symbol::poisoned(error),
    }
}

/// A state whose reset sets all variables to zero.
pub(crate) fn finish(update: Effect, result: Symbol, variables: Vec<Symbol>) -> MetricState {
    let zero = |v: &Symbol| {
        let zeros = v.dims().known().map(|shape| Tensor::zeros(v.dtype(), shape));
        match zeros {
            Some(Ok(zeros)) => assign(v, &constant(zeros)),
            _ => Symbol::poisoned(v.error().cloned().unwrap_or_else(|| Error::internal("no shape"))),
        }
    };
    let reset = group(variables.iter().map(zero).collect::<Vec<_>>());
    MetricState { update, result, reset, variables }
}
