//! `FBetaScore`: precision and recall in one number.

use saola_graph::{DType, Dim, Symbol, group};
use saola_tensor::Error;
use serde_json::Value;

use super::{Direction, Metric, MetricState, finish, metric, zeros};
use crate::losses::EPSILON;
use crate::settings::Setting;

/// How the scores of the classes become one number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Average {
    /// They stay one for each class.
    #[default]
    None,
    /// All classes are counted together.
    Micro,
    /// Their mean.
    Macro,
    /// Their mean, weighted by how often each class occurs.
    Weighted,
}

impl Setting for Average {
    fn write(&self) -> Value {
        match self {
            Average::None => Value::Null,
            Average::Micro => "micro".into(),
            Average::Macro => "macro".into(),
            Average::Weighted => "weighted".into(),
        }
    }
    fn read(value: &Value) -> Option<Average> {
        match value.as_str() {
            None => value.is_null().then_some(Average::None),
            Some("micro") => Some(Average::Micro),
            Some("macro") => Some(Average::Macro),
            Some("weighted") => Some(Average::Weighted),
            Some(_) => None,
        }
    }
    fn wanted() -> &'static str {
        "null, micro, macro, weighted"
    }
}

metric! {
    /// `(1 + β²)·precision·recall / (β²·precision + recall)`, for labels of 0 and 1 `[batch, classes]` and scores of the
    /// same shape. Keras's `FBetaScore`.
    pub struct FBetaScore("FBetaScore", "fbeta_score") {
        /// How the scores of the classes become one number; by default they stay one for each class.
        average: Average = Average::None,
        /// How much more recall counts than precision; 1 by default.
        beta: f64 = 1.0,
        /// A score above it says 1. By default the largest score of an example does.
        threshold: Option<f64> = None,
    }
}

impl FBetaScore {
    /// With β = 1.
    pub fn new() -> FBetaScore {
        FBetaScore::default()
    }
}

/// What is wrong with β and the threshold.
pub(super) fn fault(metric: &str, beta: f64, threshold: Option<f64>) -> Option<Error> {
    if beta.is_nan() || beta <= 0.0 {
        return Some(Error::value(format!("{metric}: beta is {beta}")).help("give a number above 0"));
    }
    let wrong = threshold.filter(|t| !(*t > 0.0 && *t <= 1.0))?;
    Some(Error::value(format!("{metric}: the threshold is {wrong}")).help("give one above 0, at most 1"))
}

/// The state of a score.
#[track_caller]
pub(super) fn score(
    (average, beta, threshold): (Average, f64, Option<f64>),
    path: &str,
    y_true: &Symbol,
    y_pred: &Symbol,
    weights: Option<&Symbol>,
) -> MetricState {
    let (y, p) = (y_true.cast(DType::F32), y_pred.cast(DType::F32));
    let (Dim::Known(classes), 2, 2) = (p.dim(-1), p.rank(), y.rank()) else {
        return MetricState::poisoned(
            Error::shape(format!("{path}: labels are {} and predictions {}", y.spec(), p.spec()))
                .help("give both as [batch, classes]"),
        );
    };
    let said = match threshold {
        Some(threshold) => p.greater(threshold),
        None => {
            let most = p.max_over(saola_graph::Axes::from(-1).keep());
            p.greater_equal(&most).logical_and(p.abs().greater(1e-9))
        }
    };
    let said = said.cast(DType::F32);
    let sum = |x: Symbol| {
        let x = match weights {
            Some(weights) => x * crate::losses::fit_weights(weights, &p),
            None => x,
        };
        if average == Average::Micro { x.sum() } else { x.sum_over(0) }
    };
    let dims: Vec<usize> = if average == Average::Micro { vec![] } else { vec![classes] };
    let names = ["true_positives", "false_positives", "false_negatives", "intermediate_weights"];
    let states: Vec<Symbol> = names.iter().map(|n| zeros(path, n, dims.clone())).collect();
    let sums = [sum(&said * &y), sum(&said * (1.0 - &y)), sum((1.0 - &said) * &y), sum(y.clone())];
    let update = group(states.iter().zip(&sums).map(|(state, sum)| state.assign_add(sum)));
    let (tp, fp, fne, occurs) = (&states[0], &states[1], &states[2], &states[3]);
    let precision = tp / (tp + fp + EPSILON);
    let recall = tp / (tp + fne + EPSILON);
    let mean = &precision * &recall / (&precision * (beta * beta) + &recall + EPSILON);
    let scores = mean * (1.0 + beta * beta);
    let result = match average {
        Average::None => scores,
        Average::Weighted => (scores * (occurs / (occurs.sum() + EPSILON))).sum(),
        Average::Micro | Average::Macro => scores.mean(),
    };
    finish(update, result, states)
}

impl Metric for FBetaScore {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        fault(&self.name, self.beta, self.threshold)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        score((self.average, self.beta, self.threshold), path, y_true, y_pred, weights)
    }
}
