//! How the values of a loss become one number.

use saola_graph::{Dim, Symbol, select};
use serde_json::Value;

use crate::settings::Setting;

/// How the values of a loss become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reduction {
    /// The weighted sum divided by the number of values. Weights change the sum, not the number.
    #[default]
    SumOverBatchSize,
    /// The weighted sum.
    Sum,
    /// The weighted sum divided by the sum of the weights.
    MeanWithSampleWeight,
    /// The weighted values as they are.
    None,
}

impl Setting for Reduction {
    fn write(&self) -> Value {
        match self {
            Reduction::SumOverBatchSize => "sum_over_batch_size".into(),
            Reduction::Sum => "sum".into(),
            Reduction::MeanWithSampleWeight => "mean_with_sample_weight".into(),
            Reduction::None => Value::Null,
        }
    }
    fn read(value: &Value) -> Option<Reduction> {
        match value {
            Value::Null => Some(Reduction::None),
            value => match value.as_str()? {
                "sum_over_batch_size" | "mean" => Some(Reduction::SumOverBatchSize),
                "sum" => Some(Reduction::Sum),
                "mean_with_sample_weight" => Some(Reduction::MeanWithSampleWeight),
                "none" => Some(Reduction::None),
                _ => None,
            },
        }
    }
    fn wanted() -> &'static str {
        "sum_over_batch_size, mean, sum, mean_with_sample_weight, none"
    }
}

/// a / b, and 0 where b is 0.
#[track_caller]
pub(crate) fn ratio(a: &Symbol, b: &Symbol) -> Symbol {
    let empty = b.equal(0.0);
    select(&empty, 0.0, a / select(&empty, 1.0, b))
}

/// Applies weights and mask to values and reduces them. A mean over the batch is one over the values that count.
#[track_caller]
pub(crate) fn reduce(
    values: &Symbol,
    weights: Option<&Symbol>,
    mask: Option<&Symbol>,
    reduction: Reduction,
) -> Symbol {
    let mask = mask.map(|mask| {
        let mask = mask.cast(values.dtype());
        match reduction {
            Reduction::SumOverBatchSize => {
                let all = mask.fill_like(1.0, values.dtype()).sum();
                &mask * ratio(&all, &mask.sum())
            }
            _ => mask,
        }
    });
    let weights = match (weights.map(|w| fit_weights(w, values)), mask.map(|m| fit_weights(&m, values))) {
        (Some(w), Some(m)) => Some(w * m),
        (w, m) => w.or(m),
    };
    let weighted = match &weights {
        Some(w) => values * w,
        None => values.clone(),
    };
    match (reduction, &weights) {
        (Reduction::None, _) => weighted,
        (Reduction::Sum, _) => weighted.sum(),
        (Reduction::MeanWithSampleWeight, Some(w)) => ratio(&weighted.sum(), &w.sum()),
        _ => weighted.mean(),
    }
}

/// Weights in the dtype of the values, with axes of extent 1 behind so that they meet the values' first axes.
#[track_caller]
pub(crate) fn fit_weights(weights: &Symbol, values: &Symbol) -> Symbol {
    let mut weights = weights.cast(values.dtype());
    if weights.rank() == values.rank() + 1 && weights.dim(-1) == Dim::Known(1) && weights.rank() > 1 {
        weights = weights.squeeze(-1);
    }
    while weights.rank() > 0 && weights.rank() < values.rank() && weights.error().is_none() {
        weights = weights.expand_dims(-1);
    }
    weights
}
