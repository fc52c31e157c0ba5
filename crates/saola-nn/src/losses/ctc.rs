//! `Ctc`: sequences whose alignment with their labels is not known.

use saola_graph::{Axes, Dim, Symbol, arange, concatenate, constant, scan, select, stack};
use saola_tensor::{DType, Error, Result};

use super::{Loss, loss};

/// Stands for the logarithm of nothing: small enough to vanish in any sum, and finite, so that its gradient is 0.
const NEVER: f64 = -1e30;

loss! {
    /// −ln of the probability of the labels over all their alignments with the steps (Graves et al., 2006). Labels
    /// `[batch, length]` are class numbers filled up with 0, which is the blank; predictions `[batch, steps, classes]` are
    /// logits. Keras's `CTC`.
    ///
    /// The forward variables of the paper are stepped along the sequence in logarithms; the gradient is that of the
    /// steps. Labels that do not fit into the steps have a loss of infinity.
    pub struct Ctc("CTC", "ctc") {}
}

impl Ctc {
    /// The loss.
    pub fn new() -> Ctc {
        Ctc::default()
    }
}

/// The labels with a blank before, between and behind them: `[batch, 2·length + 1]`.
fn extended(y: &Symbol, length: usize) -> Symbol {
    let pairs = stack([&y.zeros_like(), y], 2).reshape([Dim::Any, Dim::Known(2 * length)]);
    concatenate([&pairs, &y.slice(1, 0..1).zeros_like()], 1)
}

fn checked(y_true: &Symbol, y_pred: &Symbol) -> Result<usize> {
    let (y, p) = (y_true.check()?.spec(), y_pred.check()?.spec());
    match (&y.dims[..], p.dims.len()) {
        ([_, Dim::Known(length)], 3) if *length > 0 => Ok(*length),
        _ => Err(Error::shape(format!("ctc: labels are {y} and predictions {p}")).help(
            "labels are [batch, length] of a known length above 0, predictions [batch, steps, classes]",
        )),
    }
}

/// `x` moved by `by` places along the last axis, with nothing in front.
fn moved(x: &Symbol, by: usize, places: usize) -> Symbol {
    let front = x.slice(1, 0..by).fill_like(NEVER, x.dtype());
    concatenate([&front, &x.slice(1, 0..places - by)], 1)
}

impl Loss for Ctc {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let length = match checked(y_true, y_pred) {
            Ok(length) => length,
            Err(error) => return Symbol::poisoned(error),
        };
        let (y, dtype, places) = (y_true.cast(DType::I64), y_pred.dtype(), 2 * length + 1);
        let labels = extended(&y, length);
        // [steps, batch, places]: the logarithm of the probability of each place's label in each step.
        let log = y_pred.log_softmax().permute([0, 2, 1]).gather_batched(&labels, 1, 1).permute([2, 0, 1]);
        // A blank between two different labels may be left out.
        let two = labels.slice(1, 2..).not_equal(labels.slice(1, 0..places - 2));
        let two = two.logical_and(labels.slice(1, 2..).not_equal(constant(0i64))).cast(dtype);
        let never = labels.slice(1, 0..2).fill_like(NEVER, dtype);
        let skip = concatenate([&never, &((1.0 - two) * NEVER)], 1);
        let place = arange(0.0, places as f64, 1.0, DType::I64);
        let before = select(&place.equal(constant(0i64)), 0.0, labels.fill_like(NEVER, dtype));
        let (last, _) = scan(&[before], &[log], |state, parts| {
            let a = &state[0];
            let ways = stack([a, &moved(a, 1, places), &(moved(a, 2, places) + &skip)], 0);
            (vec![ways.logsumexp_over(0) + &parts[0]], Vec::new())
        });
        let behind = y.not_equal(constant(0i64)).cast(DType::I64).sum_over(Axes::from(-1).keep()) * 2;
        let end = place.equal(&behind).logical_or(place.equal(&behind - 1));
        let value = -select(&end, &last[0], NEVER).logsumexp_over(-1);
        select(&value.greater(-0.1 * NEVER), f64::INFINITY, &value)
    }
}

/// The loss of each sequence. Keras's `ctc`.
#[track_caller]
pub fn ctc(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    Ctc::default().values(y_true, y_pred)
}
