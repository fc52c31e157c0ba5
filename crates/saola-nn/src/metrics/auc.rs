//! `Auc`: the area under a curve over all thresholds.

use saola_graph::{DType, Dim, Symbol, constant, select};
use saola_tensor::Error;
use serde_json::Value;

use super::confusion::{Confusion, Count, even_thresholds, ratio, threshold_fault};
use super::{Direction, Metric, MetricState, metric};
use crate::losses::EPSILON;
use crate::settings::Setting;

/// The curve whose area is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// The rate of true positives over that of false positives.
    Roc,
    /// Precision over recall.
    Pr,
    /// The gain of precision over the gain of recall (Flach and Kull, 2015).
    PrGain,
}

/// How the area between two points is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summation {
    /// Trapezoids, and for precision over recall the interpolation of Davis and Goadrich (2006).
    Interpolation,
    /// The higher of the two: an upper bound.
    Majoring,
    /// The lower of the two: a lower bound.
    Minoring,
}

macro_rules! words {
    ($type:ident, $wanted:literal, $($variant:ident = $word:literal),*) => {
        impl Setting for $type {
            fn write(&self) -> Value {
                match self { $($type::$variant => $word.into(),)* }
            }
            fn read(value: &Value) -> Option<$type> {
                match value.as_str()? { $($word => Some($type::$variant),)* _ => None }
            }
            fn wanted() -> &'static str {
                $wanted
            }
        }
    };
}
words!(Curve, "ROC, PR, PRGAIN", Roc = "ROC", Pr = "PR", PrGain = "PRGAIN");
words!(
    Summation,
    "interpolation, majoring, minoring",
    Interpolation = "interpolation",
    Majoring = "majoring",
    Minoring = "minoring"
);

metric! {
    /// The area under a curve, approximated at thresholds, for labels of 0 and 1 and probabilities. Keras's `AUC`.
    pub struct Auc("AUC", "auc") {
        /// How many evenly spaced thresholds there are, at least 2; 200 by default.
        num_thresholds: usize = 200,
        /// How the area between two points is taken; [`Summation::Interpolation`] by default.
        summation_method: Summation = Summation::Interpolation,
        /// Thresholds of your own, between 0 and 1, instead of evenly spaced ones.
        thresholds: Vec<f64> = Vec::new(),
        /// Whether each of the labels `[batch, labels]` has an area of its own, whose mean is the result; by default all
        /// labels are taken together.
        multi_label: bool = false,
        /// How many labels there are. Known from the predictions.
        num_labels: Option<usize> = None,
        /// What each label counts: in the mean of the areas, or where labels are taken together as an example's weight.
        label_weights: Vec<f64> = Vec::new(),
    } plain {
        curve: Curve = Curve::Roc,
        from_logits: bool = false,
    }
}

impl Auc {
    /// With 200 thresholds.
    pub fn new(curve: Curve) -> Auc {
        Auc { curve, ..Auc::default() }
    }

    /// As [`Auc::new`], for predictions that are logits.
    pub fn from_logits(curve: Curve) -> Auc {
        Auc { from_logits: true, ..Auc::new(curve) }
    }

    fn all_thresholds(&self) -> Vec<f64> {
        if self.thresholds.is_empty() {
            return even_thresholds(self.num_thresholds, EPSILON);
        }
        let mut inner = self.thresholds.clone();
        inner.sort_by(f64::total_cmp);
        std::iter::once(-EPSILON).chain(inner).chain([1.0 + EPSILON]).collect()
    }

    /// The areas of the labels as one number.
    fn over_labels(&self, areas: &Symbol) -> Symbol {
        match &self.label_weights[..] {
            _ if !self.multi_label => areas.clone(),
            [] => areas.mean(),
            weights => {
                let weights = constant(weights.iter().map(|&w| w as f32).collect::<Vec<f32>>());
                ratio(&(areas * &weights).sum(), &weights.sum())
            }
        }
    }

    /// The area under points (x, y), from right to left.
    fn area(&self, x: &Symbol, y: &Symbol) -> Symbol {
        let (a, b) = (head(y), tail(y));
        let heights = match self.summation_method {
            Summation::Interpolation => (a + b) * 0.5,
            Summation::Majoring => a.maximum(&b),
            Summation::Minoring => a.minimum(&b),
        };
        ((head(x) - tail(x)) * heights).sum_over(0)
    }

    fn result(&self, [tp, fp, tn, fne]: [&Symbol; 4]) -> Symbol {
        let recall = || ratio(tp, &(tp + fne));
        match self.curve {
            Curve::Roc => self.area(&ratio(fp, &(fp + tn)), &recall()),
            Curve::Pr if self.summation_method == Summation::Interpolation => precision_recall(tp, fp, fne),
            Curve::Pr => self.area(&recall(), &ratio(tp, &(tp + fp))),
            Curve::PrGain => {
                let scale = ratio(&(tp + fne), &(tn + fp));
                let none = tp.equal(0.0);
                let recall = select(&none, 0.0, 1.0 - &scale * ratio(fne, tp)).maximum(0.0);
                let precision = select(&none, 1.0, 1.0 - &scale * ratio(fp, tp));
                self.area(&recall, &precision)
            }
        }
    }
}

impl Metric for Auc {
    super::methods!(Up);
    fn fault(&self) -> Option<Error> {
        if self.num_thresholds < 2 {
            return Some(Error::value("auc: fewer than 2 thresholds").help("give at least 2"));
        }
        if self.num_labels.is_some() && !self.multi_label {
            return Some(Error::value("auc: num_labels is given, but not multi_label").help("give both"));
        }
        threshold_fault(&self.name, &self.thresholds)
    }
    #[track_caller]
    fn build(&self, path: &str, y_true: &Symbol, y_pred: &Symbol, weights: Option<&Symbol>) -> MetricState {
        let p = if self.from_logits { y_pred.cast(DType::F32).sigmoid() } else { y_pred.clone() };
        let mut confusion = Confusion::new(self.all_thresholds());
        if self.multi_label {
            confusion = match (p.dim(-1), self.num_labels) {
                (Dim::Known(n), given) if p.rank() == 2 && given.is_none_or(|g| g == n) => {
                    confusion.labels(n)
                }
                _ => {
                    return MetricState::poisoned(
                        Error::shape(format!("auc: predictions are {}", p.spec())).help(
                            "with multi_label, give [batch, labels], as many labels as num_labels says",
                        ),
                    );
                }
            };
        } else {
            confusion = confusion.label_weights(self.label_weights.clone());
        }
        let wanted =
            [Count::TruePositives, Count::FalsePositives, Count::TrueNegatives, Count::FalseNegatives];
        let counted = confusion.count(path, &wanted, y_true, &p, weights);
        let s = &counted.states;
        let result = self.over_labels(&self.result([&s[0], &s[1], &s[2], &s[3]]));
        counted.with_whole(result)
    }
}

fn head(x: &Symbol) -> Symbol {
    let n = x.dim(0).known().unwrap_or(1);
    x.slice(0, 0..n - 1)
}

fn tail(x: &Symbol) -> Symbol {
    x.slice(0, 1..)
}

/// Between two thresholds true positives are taken to grow linearly with positives, which makes precision a
/// hyperbola; its area has a logarithm.
fn precision_recall(tp: &Symbol, fp: &Symbol, fne: &Symbol) -> Symbol {
    let p = tp + fp;
    let (dtp, dp) = (head(tp) - tail(tp), head(&p) - tail(&p));
    let slope = ratio(&dtp, &dp.maximum(0.0));
    let intercept = tail(tp) - &slope * tail(&p);
    let both = head(&p).greater(0.0).logical_and(tail(&p).greater(0.0));
    let growth = select(&both, ratio(&head(&p), &tail(&p).maximum(0.0)), 1.0);
    let area = &slope * (dtp + intercept * growth.log());
    ratio(&area, &(tail(tp) + tail(fne)).maximum(0.0)).sum_over(0)
}
