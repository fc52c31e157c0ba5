//! `slice`: a range along one axis, and its reverse, `pad_like`.

use std::ops::{Bound, RangeBounds};

use saola_kernels::layout::{Walk, scatter, strides};
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result};

use super::expand_like::walk_kernel;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Slice {
    axis: isize,
    start: usize,
    end: Option<usize>,
}

/// Zeros in the shape of the second input, with the first from `start` along `axis`.
#[derive(Debug)]
struct PadLike {
    axis: usize,
    start: usize,
}

impl Symbol {
    /// A range along `axis` (negative ones count from the end), as `x.slice(0, 2..5)` or `x.slice(-1, 1..)`.
    #[track_caller]
    pub fn slice(&self, axis: isize, range: impl RangeBounds<usize>) -> Symbol {
        let start = match range.start_bound() {
            Bound::Included(&s) => s,
            Bound::Excluded(&s) => s.saturating_add(1),
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&e) => Some(e.saturating_add(1)),
            Bound::Excluded(&e) => Some(e),
            Bound::Unbounded => None,
        };
        Symbol::apply(Slice { axis, start, end }, vec![self.clone()])
    }
}

impl Operation for Slice {
    fn name(&self) -> &'static str {
        "slice"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let axis = inputs[0].dims.axis(self.axis)?;
        let extent = inputs[0].dims[axis];
        let end = self.end.or(extent.known());
        let beyond = |e: usize| self.start > e || extent.known().is_some_and(|n| e > n);
        if end.is_some_and(beyond) {
            let shown = end.map_or(String::new(), |e| e.to_string());
            return Err(Error::shape(format!(
                "range {}..{shown} along axis {axis} of {}",
                self.start, inputs[0].dims
            ))
            .help("give a range inside the axis"));
        }
        let mut dims = inputs[0].dims.to_vec();
        dims[axis] = end.map_or(Dim::Any, |e| Dim::Known(e - self.start));
        Ok(vec![Spec::new(inputs[0].dtype, Dims::from(dims))])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let axis = at.input(0).dims().axis(self.axis)?;
        let pad = PadLike { axis, start: self.start };
        Ok(vec![Some(Symbol::apply(pad, vec![at.dy()?.clone(), at.input(0).clone()]))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let Spec { dtype, dims } = to.spec(0);
        let axis = dims.axis(self.axis)?;
        Ok(vec![to.slice(to.input(0), axis, dims.rank(), (self.start, self.end), *dtype)?])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let own = strides(&inputs[0].shape);
        let axis = inputs[0].shape.axis(self.axis)?;
        walk_kernel(inputs[0].dtype, Walk::new(&outputs[0].shape, &own, self.start * own[axis]))
    }
}

impl Operation for PadLike {
    fn name(&self) -> &'static str {
        "pad_like"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let Dim::Known(n) = at.input(0).dims()[self.axis] else {
            return Err(Error::value("`pad_like` of an unknown extent has no gradient"));
        };
        Ok(vec![Some(at.dy()?.slice(self.axis as isize, self.start..self.start + n)), None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 1
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let own = strides(&outputs[0].shape);
        let walk = Walk::new(&inputs[0].shape, &own, self.start * own[self.axis]);
        match inputs[0].dtype {
            DType::F32 => Ok(pad::<f32>(walk)),
            DType::F64 => Ok(pad::<f64>(walk)),
            other => Err(Error::dtype(format!("pad_like of {other}"))),
        }
    }
}

fn pad<T: Pod + Default>(walk: Walk) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        let out = call.output::<T>(0);
        out.fill(T::default());
        scatter(out, call.input(0), &walk);
        Ok(())
    })
}
