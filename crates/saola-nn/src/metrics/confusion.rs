//! Hits and misses at thresholds, which many metrics are made of.
//!
//! Evenly spaced thresholds are counted by sorting every score into the gap that it lies in and summing from the top,
//! which costs the same for any number of thresholds; others compare every score with every threshold. A score in a gap
//! is above the threshold below it, as Keras has it: the gaps are found by `⌈score · (n − 1)⌉`, so that a score that is
//! equal to a threshold up to rounding may fall on its other side.

use saola_graph::{Cumulative, DType, Dim, Symbol, arange, constant, group, select};
use saola_tensor::{Error, Result};

use super::{MetricState, finish, zeros};
use crate::losses::aligned;
pub(super) use crate::losses::ratio;

/// Below every score; what is not among the first k counts as this.
const LOWEST: f64 = -1e10;

/// How hits and misses are counted.
#[derive(Clone, Debug)]
pub(super) struct Confusion {
    thresholds: Vec<f64>,
    top_k: Option<usize>,
    class_id: Option<usize>,
    labels: Option<usize>,
    label_weights: Vec<f64>,
}

/// What can be counted, by Keras's names of the variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    TruePositives,
    FalsePositives,
    TrueNegatives,
    FalseNegatives,
}

impl Count {
    pub(super) fn name(self) -> &'static str {
        match self {
            Count::TruePositives => "true_positives",
            Count::FalsePositives => "false_positives",
            Count::TrueNegatives => "true_negatives",
            Count::FalseNegatives => "false_negatives",
        }
    }
}

/// Thresholds that are no probabilities.
pub(super) fn threshold_fault(metric: &str, thresholds: &[f64]) -> Option<Error> {
    let wrong = thresholds.iter().find(|t| !(0.0..=1.0).contains(*t))?;
    Some(Error::value(format!("{metric}: a threshold is {wrong}")).help("give thresholds between 0 and 1"))
}

/// 0, the inner of `n` evenly spaced thresholds, 1; the outer two moved outwards by `slack`.
pub(super) fn even_thresholds(n: usize, slack: f64) -> Vec<f64> {
    let inner = (1..n.saturating_sub(1)).map(|i| i as f64 / (n - 1) as f64);
    std::iter::once(-slack).chain(inner).chain([1.0 + slack]).collect()
}

impl Confusion {
    pub(super) fn new(thresholds: Vec<f64>) -> Confusion {
        Confusion { thresholds, top_k: None, class_id: None, labels: None, label_weights: Vec::new() }
    }

    /// The thresholds that were given, or else ½, or where only the first k count any score.
    pub(super) fn given(thresholds: &[f64], top_k: Option<usize>, class_id: Option<usize>) -> Confusion {
        let thresholds = match (thresholds, top_k) {
            ([], None) => vec![0.5],
            ([], Some(_)) => vec![LOWEST],
            (given, _) => given.to_vec(),
        };
        Confusion { top_k, class_id, ..Confusion::new(thresholds) }
    }

    pub(super) fn class_id(self, class_id: Option<usize>) -> Confusion {
        Confusion { class_id, ..self }
    }

    /// For each of so many labels on its own.
    pub(super) fn labels(self, labels: usize) -> Confusion {
        Confusion { labels: Some(labels), ..self }
    }

    pub(super) fn label_weights(self, label_weights: Vec<f64>) -> Confusion {
        Confusion { label_weights, ..self }
    }

    fn dims(&self) -> Vec<usize> {
        std::iter::once(self.thresholds.len()).chain(self.labels).collect()
    }

    /// Whether the thresholds are evenly spaced.
    fn even(&self) -> bool {
        let n = self.thresholds.len();
        let near = |(i, t): (usize, &f64)| {
            let even = i as f64 / (n - 1) as f64;
            (t - even).abs() <= 1e-7 + 1e-5 * even
        };
        n >= 3 && self.thresholds.iter().enumerate().all(near)
    }

    /// Variables for what is wanted, and their update by a batch.
    #[track_caller]
    pub(super) fn count(
        &self,
        path: &str,
        wanted: &[Count],
        y_true: &Symbol,
        y_pred: &Symbol,
        weights: Option<&Symbol>,
    ) -> Counted {
        let states: Vec<Symbol> = wanted.iter().map(|c| zeros(path, c.name(), self.dims())).collect();
        let update = match self.batch(path, y_true, y_pred, weights) {
            Ok(counts) => group(states.iter().zip(wanted).map(|(s, c)| s.assign_add(&counts[*c as usize]))),
            Err(error) => saola_graph::Effect::new(Symbol::poisoned(error)),
        };
        Counted { update, states, single: self.thresholds.len() == 1 }
    }

    /// The counts of a batch, in the order of [`Count`].
    fn batch(
        &self,
        path: &str,
        y_true: &Symbol,
        y_pred: &Symbol,
        weights: Option<&Symbol>,
    ) -> Result<[Symbol; 4]> {
        let (y, p) = aligned(path, y_true, &y_pred.cast(DType::F32))?;
        let (y, p) = self.chosen(path, y, p)?;
        let mut w = p.fill_like(1.0, DType::F32);
        if let Some(weights) = weights {
            w = crate::losses::fit_weights(weights, &p) * w;
        }
        if !self.label_weights.is_empty() {
            let given: Vec<f32> = self.label_weights.iter().map(|&x| x as f32).collect();
            w = w * constant(given);
        }
        let y = y.not_equal(0.0).cast(DType::F32);
        let flat = |x: &Symbol| match self.labels {
            Some(labels) => x.reshape([Dim::Any, Dim::Known(labels)]),
            None => x.reshape([Dim::Any, Dim::Known(1)]),
        };
        let (y, p, w) = (flat(&y), flat(&p), flat(&w));
        let (is, is_not) = (&y * &w, (1.0 - &y) * &w);
        let counts =
            if self.even() { self.by_gaps(&p, &is, &is_not) } else { self.by_each(&p, &is, &is_not) };
        let dims: Vec<Dim> = self.dims().into_iter().map(Dim::Known).collect();
        Ok(counts.map(|c| c.reshape(dims.clone())))
    }

    /// The scores and labels that are looked at.
    fn chosen(&self, path: &str, mut y: Symbol, mut p: Symbol) -> Result<(Symbol, Symbol)> {
        if self.top_k.is_none() && self.class_id.is_none() {
            return Ok((y, p));
        }
        let (Dim::Known(classes), true) = (p.dim(-1), p.rank() > 1) else {
            return Err(Error::shape(format!("{path}: predictions are {}", p.spec())).help(
                "top_k and class_id take predictions [batch, classes] with a known number of classes",
            ));
        };
        if let Some(k) = self.top_k {
            let among = p.top_k(k).1.one_hot(classes, DType::F32).sum_over(-2);
            p = select(&among.greater(0.0), &p, LOWEST);
        }
        if let Some(class) = self.class_id {
            if class >= classes {
                return Err(Error::value(format!("{path}: class_id is {class}, of {classes} classes"))
                    .help("classes are counted from 0"));
            }
            y = y.slice(-1, class..class + 1);
            p = p.slice(-1, class..class + 1);
        }
        Ok((y, p))
    }

    /// Every score against every threshold: `[thresholds, labels]`.
    fn by_each(&self, p: &Symbol, is: &Symbol, is_not: &Symbol) -> [Symbol; 4] {
        let thresholds: Vec<f32> = self.thresholds.iter().map(|&t| t as f32).collect();
        let said = p.expand_dims(-1).greater(constant(thresholds)).cast(DType::F32);
        let sum = |x: Symbol| x.sum_over(0).transpose();
        let (is, is_not) = (is.expand_dims(-1), is_not.expand_dims(-1));
        [sum(&is * &said), sum(&is_not * &said), sum(&is_not * (1.0 - &said)), sum(&is * (1.0 - &said))]
    }

    /// Every score in its gap: `[thresholds, labels]`.
    fn by_gaps(&self, p: &Symbol, is: &Symbol, is_not: &Symbol) -> [Symbol; 4] {
        let (n, labels) = (self.thresholds.len(), self.labels.unwrap_or(1));
        // Gap 0 is below the first threshold: a score of 0 where that is not moved outwards.
        let gap = (p.clip(0.0, 1.0) * (n - 1) as f64).ceil();
        let outwards = self.thresholds[0] < 0.0 || self.thresholds[n - 1] > 1.0;
        let gap = if outwards { gap.maximum(1.0) } else { gap };
        let label = arange(0.0, labels as f64, 1.0, DType::I64);
        let place = (gap.cast(DType::I64) * labels as i32 + label).reshape([Dim::Any]);
        let above = |weights: &Symbol| {
            let gaps = place.bincount_weighted(&weights.reshape([Dim::Any]), (n + 1) * labels);
            let gaps = gaps.reshape([n + 1, labels]).slice(0, 1..);
            Cumulative::along(0).reverse().sum(&gaps)
        };
        let (tp, fp) = (above(is), above(is_not));
        let (tn, fne) = (is_not.sum_over(0) - &fp, is.sum_over(0) - &tp);
        [tp, fp, tn, fne]
    }
}

/// Counts as a part of a graph.
pub(super) struct Counted {
    update: saola_graph::Effect,
    /// The variables, in the order in which they were wanted.
    pub(super) states: Vec<Symbol>,
    single: bool,
}

impl Counted {
    /// The state with a result: one number where there is one threshold.
    pub(super) fn with(self, result: &Symbol) -> MetricState {
        let result = if self.single { result.squeeze(0) } else { result.clone() };
        self.with_whole(result)
    }

    /// The state with a result as it is.
    pub(super) fn with_whole(self, result: Symbol) -> MetricState {
        finish(self.update, result, self.states)
    }
}
