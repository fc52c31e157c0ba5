//! `Auc`: the area under a curve over all thresholds.

use saola_graph::{DType, Symbol, Variable, constant, group, select};
use saola_tensor::Tensor;

use super::{MetricState, assign, finish_like};

/// The curve whose area is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Curve {
    /// The rate of true positives over that of false positives.
    Roc,
    /// Precision over recall.
    Pr,
}

/// The area under a curve, approximated at 200 thresholds, for labels of 0 and 1 and probabilities. Keras's `AUC`
/// with its default summation: trapezoids, and for precision-recall the interpolation of Davis and Goadrich (2006).
#[derive(Clone, Copy, Debug)]
pub struct Auc {
    curve: Curve,
    thresholds: usize,
}

impl Auc {
    /// With 200 thresholds.
    pub fn new(curve: Curve) -> Auc {
        Auc { curve, thresholds: 200 }
    }

    /// With another number of thresholds, at least 2.
    #[must_use]
    pub fn thresholds(self, thresholds: usize) -> Auc {
        Auc { thresholds: thresholds.max(2), ..self }
    }

    /// The state, its update by one batch, and the area so far.
    #[track_caller]
    pub fn build(self, path: &str, y_true: &Symbol, y_pred: &Symbol) -> MetricState {
        let n = self.thresholds;
        let inner = (1..n - 1).map(|i| i as f32 / (n - 1) as f32);
        let all: Vec<f32> = std::iter::once(-1e-7).chain(inner).chain([1.0 + 1e-7]).collect();
        let column =
            |s: &Symbol| s.cast(DType::F32).reshape([saola_graph::Dim::Any, saola_graph::Dim::Known(1)]);
        let said = column(y_pred).greater(constant(all)).cast(DType::F32);
        let is = column(y_true);
        let counts = [&said * &is, &said * (1.0 - &is), (1.0 - &said) * &is, (1.0 - &said) * (1.0 - &is)];
        let names = ["true_positives", "false_positives", "false_negatives", "true_negatives"];
        let zeros = Tensor::from(vec![0f32; n]);
        let make = |name: &&str| Variable::new(format!("{path}/{name}"), &zeros).trainable(false).symbol();
        let states: Vec<Symbol> = names.iter().map(make).collect();
        let updates: Vec<Symbol> =
            states.iter().zip(&counts).map(|(s, c)| s.assign_add(&c.sum_over(0))).collect();
        let (tp, fp, fne, tn) = (&states[0], &states[1], &states[2], &states[3]);
        let result = match self.curve {
            Curve::Roc => {
                let (x, y) = (ratio(fp, &(fp + tn)), ratio(tp, &(tp + fne)));
                ((head(&x, n) - tail(&x)) * (head(&y, n) + tail(&y)) * 0.5).sum()
            }
            Curve::Pr => precision_recall(tp, fp, fne, n),
        };
        let reset = group(states.iter().map(|s| assign(s, &constant(zeros.clone()))).collect::<Vec<_>>());
        finish_like(group(updates), result, reset, states)
    }
}

fn head(x: &Symbol, n: usize) -> Symbol {
    x.slice(0, 0..n - 1)
}

fn tail(x: &Symbol) -> Symbol {
    x.slice(0, 1..)
}

/// a / b, and 0 where b is 0.
pub(crate) fn ratio(a: &Symbol, b: &Symbol) -> Symbol {
    let empty = b.equal(0.0);
    select(&empty, 0.0, a / select(&empty, 1.0, b))
}

/// Between two thresholds true positives are taken to grow linearly with positives, which makes precision a
/// hyperbola; its area has a logarithm.
fn precision_recall(tp: &Symbol, fp: &Symbol, fne: &Symbol, n: usize) -> Symbol {
    let p = tp + fp;
    let (dtp, dp) = (head(tp, n) - tail(tp), head(&p, n) - tail(&p));
    let slope = ratio(&dtp, &dp.maximum(0.0));
    let intercept = tail(tp) - &slope * tail(&p);
    let both = head(&p, n).greater(0.0).logical_and(tail(&p).greater(0.0));
    let growth = select(&both, ratio(&head(&p, n), &tail(&p).maximum(0.0)), 1.0);
    let area = &slope * (dtp + intercept * growth.log());
    ratio(&area, &(tail(tp) + tail(fne)).maximum(0.0)).sum()
}
