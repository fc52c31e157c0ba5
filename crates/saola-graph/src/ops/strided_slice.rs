//! `strided_slice`: ranges with steps along several axes.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use saola_kernels::axis_map::Piece;
use saola_tensor::{Error, Result};

use super::axis_map::{Rule, apply_rule};
use crate::path::composed;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Spec, Symbol};

/// A range of an axis with a step, by Python's rules for `start:end:step`: negative places count from the end,
/// ends outside of the axis are cut to it, and a negative step goes backward.
///
/// ```
/// use saola_graph::{DType, Span, placeholder};
///
/// let x = placeholder("x", DType::F32, [10, 4]);
/// let every_third = x.strided_slice([Span::from(1..).step(3), Span::all()]);
/// assert_eq!(every_third.spec().to_string(), "f32[3, 4]");
/// let backward = x.strided_slice([Span::all().step(-2)]);
/// assert_eq!(backward.spec().to_string(), "f32[5, 4]");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Span {
    start: Option<isize>,
    end: Option<isize>,
    step: isize,
}

#[derive(Clone, Debug)]
struct StridedSlice(Vec<Span>);

impl Span {
    /// The whole axis.
    pub fn all() -> Span {
        Span { start: None, end: None, step: 1 }
    }

    /// Every `step`-th element; backward where it is negative, then from the start down to, without, the end.
    pub fn step(self, step: isize) -> Span {
        Span { step, ..self }
    }

    /// The first place and how many there are, in an axis of `n`.
    fn of(self, n: usize) -> (usize, usize) {
        let n = n as isize;
        // A backward range can end before the first place, a forward one behind the last.
        let (low, high) = if self.step > 0 { (0, n) } else { (-1, n - 1) };
        let place = |p: isize| if p < 0 { p.saturating_add(n) } else { p }.clamp(low, high);
        let start = self.start.map_or(if self.step > 0 { low } else { high }, place);
        let end = self.end.map_or(if self.step > 0 { high } else { low }, place);
        let distance = if self.step > 0 { end - start } else { start - end };
        let count = if distance <= 0 { 0 } else { (distance as usize).div_ceil(self.step.unsigned_abs()) };
        (if count == 0 { 0 } else { start as usize }, count)
    }
}

macro_rules! span_from {
    ($($range:ty: |$r:ident| ($start:expr, $end:expr)),*) => {$(
        impl From<$range> for Span {
            fn from($r: $range) -> Span {
                Span { start: $start, end: $end, step: 1 }
            }
        }
    )*};
}
span_from!(
    Range<isize>: |r| (Some(r.start), Some(r.end)),
    RangeFrom<isize>: |r| (Some(r.start), None),
    RangeTo<isize>: |r| (None, Some(r.end)),
    RangeFull: |_r| (None, None)
);

impl Symbol {
    /// A range with a step along each of the first axes; the others stay whole. TensorFlow's `strided_slice`, Python's
    /// `x[a:b:c, ..]`. See [`Span`] for the ranges.
    #[track_caller]
    pub fn strided_slice(&self, spans: impl Into<Vec<Span>>) -> Symbol {
        composed("strided_slice", || apply_rule(StridedSlice(spans.into()), self))
    }
}

impl Rule for StridedSlice {
    const NAME: &'static str = "strided_slice";
    const GRADIENT: &'static str = "strided_slice_gradient";

    fn check(&self, dims: &Dims) -> Result<()> {
        if self.0.len() > dims.len() {
            return Err(Error::shape(format!("{} ranges for {dims}", self.0.len()))
                .help("give at most one range for each axis"));
        }
        if self.0.iter().any(|s| s.step == 0) {
            return Err(Error::value("a step of 0 goes nowhere").help("give a step other than 0"));
        }
        Ok(())
    }

    fn extent(&self, axis: usize, _rank: usize, dim: Dim) -> Result<Dim> {
        let whole = |s: &Span| *s == Span::all();
        Ok(match (self.0.get(axis), dim) {
            (None, dim) => dim,
            (Some(span), dim) if whole(span) => dim,
            (Some(_), Dim::Any) => Dim::Any,
            (Some(span), Dim::Known(n)) => Dim::Known(span.of(n).1),
        })
    }

    fn pieces(&self, axis: usize, _rank: usize, n: usize) -> Option<Vec<Piece>> {
        let span = self.0.get(axis)?;
        let (from, count) = span.of(n);
        let whole = count == n && from == 0 && (span.step == 1 || n <= 1);
        let step = if count > 1 { span.step } else { 1 };
        (!whole).then(|| vec![Piece { to: 0, from, count, step, repeat: 1 }])
    }

    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        let Spec { dtype, dims } = to.spec(0);
        let number = |n: Option<isize>| n.map(|n| n as i64);
        let mut spans: Vec<_> =
            self.0.iter().map(|s| (number(s.start), number(s.end), s.step as i64)).collect();
        spans.resize(dims.rank(), (None, None, 1));
        to.strided(to.input(0), &spans, *dtype)
    }
}
