//! `linear_recurrence`: each element a multiple of the one before, and something added.

use saola_kernels::memory::Call;
use saola_kernels::scan::{Along, recurrence};
use saola_tensor::{Error, Result};

use super::dispatch::{only_wide_floats, wide_float};
use crate::{Gradient, Lowering, Operation, PadMode, Span, Spec, Symbol, Value};

#[derive(Debug)]
struct LinearRecurrence {
    axis: isize,
    reverse: bool,
}

/// s(i) = a(i)·s(i−1) + b(i) along `axis`, from nothing before the first element; with `reverse` from the last to the
/// first. `a` and `b` have one shape, which is the result's. Takes `f32` and `f64`.
///
/// ```
/// use saola_graph::{DType, linear_recurrence, placeholder};
///
/// // An exponential moving average along time.
/// let x = placeholder("x", DType::F32, [8, 100]);
/// let average = linear_recurrence(&x.fill_like(0.9, DType::F32), &(&x * 0.1), 1, false);
/// assert_eq!(average.spec().to_string(), "f32[8, 100]");
/// ```
#[track_caller]
pub fn linear_recurrence(a: &Symbol, b: &Symbol, axis: isize, reverse: bool) -> Symbol {
    Symbol::apply(LinearRecurrence { axis, reverse }, vec![a.clone(), b.clone()])
}

/// The elements one place earlier along `axis`, zero behind the last; with `back` one place later, zero in front.
#[track_caller]
pub(super) fn shifted(x: &Symbol, axis: isize, back: bool) -> Symbol {
    let Ok(axis) = x.dims().axis(axis) else { return x.clone() };
    let mut widths = vec![(0, 0); x.rank()];
    widths[axis] = if back { (1, 0) } else { (0, 1) };
    let mut spans = vec![Span::all(); axis];
    spans.push(if back { Span::from(..-1) } else { Span::from(1..) });
    x.pad(widths, PadMode::Constant(0.0)).strided_slice(spans).reshape_like(x)
}

impl Operation for LinearRecurrence {
    fn name(&self) -> &'static str {
        "linear_recurrence"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (a, b) = (inputs[0], inputs[1]);
        only_wide_floats(a.dtype)?;
        b.dims.axis(self.axis)?;
        let same = a.dims.len() == b.dims.len() && a.dims.iter().zip(b.dims.iter()).all(|(m, n)| m.fits(*n));
        if a.dtype != b.dtype || !same {
            return Err(Error::shape(format!("the factors are {a} and the terms {b}"))
                .help("give both in one shape and dtype"));
        }
        Ok(vec![if b.dims.known().is_some() { b.clone() } else { a.clone() }])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (a, s, dy) = (at.input(0), at.output(0), at.dy()?);
        let factors = shifted(a, self.axis, self.reverse);
        let db = linear_recurrence(&factors, dy, self.axis, !self.reverse);
        let da = &db * shifted(&s, self.axis, !self.reverse);
        Ok(vec![Some(da), Some(db)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[1].shape;
        let axis = shape.axis(self.axis)?;
        let inner = shape[axis + 1..].iter().product();
        let along = Along { n: shape[axis], inner, reverse: self.reverse };
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            recurrence(call.output::<T>(0), call.input(0), call.input(1), along);
            Ok(())
        })))
    }
}
