//! `R2Score`: how much of the labels' variance is explained.

use saola_graph::{DType, Dim, Symbol, group, select};
use saola_tensor::Error;
use serde_json::Value;

use super::{Direction, Metric, MetricState, finish, metric, zeros};
use crate::losses::aligned;
use crate::settings::Setting;

/// How the scores of several outputs become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClassAggregation {
    /// Their mean.
    #[default]
    UniformAverage,
    /// Their mean, weighted by the labels' variances.
    VarianceWeightedAverage,
    /// They stay one for each output.
    None,
}

impl Setting for ClassAggregation {
    fn write(&self) -> Value {
        match self {
            ClassAggregation::UniformAverage => "uniform_average".into(),
            ClassAggregation::VarianceWeightedAverage => "variance_weighted_average".into(),
            ClassAggregation::None => Value::Null,
        }
    }
    fn read(value: &Value) -> Option<ClassAggregation> {
        match value.as_str() {
            None => value.is_null().then_some(ClassAggregation::None),
            Some("uniform_average") => Some(ClassAggregation::UniformAverage),
            Some("variance_weighted_average") => Some(ClassAggregation::VarianceWeightedAverage),
            Some(_) => None,
        }
    }
    fn wanted() -> &'static str {
        "null, uniform_average, variance_weighted_average"
    }
}

metric! {
    /// 1 − the squared errors divided by the squared distances of the labels from their mean, for labels and predictions
    /// `[batch, outputs]`. Keras's `R2Score`.
    pub struct R2Score("R2Score", "r2_score") {
        /// How the scores of several outputs become one number; their mean by default.
        class_aggregation: ClassAggregation = ClassAggregation::UniformAverage,
        /// How many inputs the predictions come from, for the adjusted score; 0, which does not adjust, by default.
        num_regressors: usize = 0,
    }
}

impl R2Score {
    /// The plain score.
    pub fn new() -> R2Score {
        R2Score::default()
    }

    /// From the sums over all batches: of labels, of their squares, of squared errors, of weights; and the number of
    /// labels.
    fn result(&self, [sum, squares, residual, count]: [&Symbol; 4], n: &Symbol) -> Symbol {
        let total = squares - sum * (sum / count);
        let raw = 1.0 - residual / &total;
        let raw = select(&raw.is_inf(), 0.0, &raw);
        let score = match self.class_aggregation {
            ClassAggregation::UniformAverage => raw.mean(),
            ClassAggregation::VarianceWeightedAverage => (&total * raw).sum() / total.sum(),
            ClassAggregation::None => raw,
        };
        if self.num_regressors == 0 {
            return score;
        }
        let free = n - 1.0 - self.num_regressors as f64;
        let enough = free.greater(0.0);
        let adjusted = 1.0 - (1.0 - &score) * (n - 1.0) / select(&enough, &free, 1.0);
        // Fewer labels than inputs can be adjusted to nothing: the plain score stands.
        select(&enough, adjusted, &score)
    }
}

impl Metric for R2Score {
    super::methods!(Up);
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let (y, p) = match aligned(&self.name, y_true, &y_pred.cast(DType::F32)) {
            Ok(both) => both,
            Err(error) => return MetricState::poisoned(error),
        };
        let (Dim::Known(outputs), 2) = (p.dim(-1), p.rank()) else {
            return MetricState::poisoned(
                Error::shape(format!("r2_score: predictions are {}", p.spec())).help("give [batch, outputs]"),
            );
        };
        let ones = p.fill_like(1.0, DType::F32);
        let w = match weights {
            Some(weights) => crate::losses::fit_weights(weights, &p) * &ones,
            None => ones.clone(),
        };
        let names = ["sum", "squared_sum", "residual", "count"];
        let mut states = vec![zeros(path, "num_samples", [])];
        states.extend(names.iter().map(|name| zeros(path, name, [outputs])));
        let weighted = &y * &w;
        let sums = [
            ones.sum(),
            weighted.sum_over(0),
            (&y * weighted).sum_over(0),
            ((&y - &p).square() * &w).sum_over(0),
            w.sum_over(0),
        ];
        let update = group(states.iter().zip(&sums).map(|(state, sum)| state.assign_add(sum)));
        let result = self.result([&states[1], &states[2], &states[3], &states[4]], &states[0]);
        finish(update, result, states)
    }
}
