//! `scatter_add`: slices added up by index, the reverse of `gather`.

use saola_kernels::index;
use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result};

use super::dispatch::{is_half, only_wide_floats};
use crate::path::composed;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: rows, indices, and a value of which only the shape counts.
#[derive(Debug)]
struct ScatterAdd {
    axis: usize,
}

/// Zeros in the shape of `like`, to which the slices of `rows` are added at `indices` along `axis`.
#[track_caller]
pub(crate) fn scatter_add_like(rows: &Symbol, indices: &Symbol, like: &Symbol, axis: usize) -> Symbol {
    if is_half(rows.dtype()) {
        let wide = || scatter_add_like(&rows.cast(DType::F32), indices, like, axis).cast(rows.dtype());
        return composed("scatter_add", wide);
    }
    Symbol::apply(ScatterAdd { axis }, vec![rows.clone(), indices.clone(), like.clone()])
}

impl Operation for ScatterAdd {
    fn name(&self) -> &'static str {
        "scatter_add"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_wide_floats(inputs[0].dtype)?;
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[2].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.gather(at.input(1), self.axis as isize)), None, None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 2
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let shape = &outputs[0].shape;
        let (n, inner) = (shape[self.axis], shape[self.axis + 1..].iter().product());
        scatter_kernel(inputs[0].dtype, 0, 1, n, inner)
    }
}

/// The kernel that adds the rows of input `rows` at the indices of input `indices`.
pub(crate) fn scatter_kernel(
    dtype: DType,
    rows: usize,
    indices: usize,
    n: usize,
    inner: usize,
) -> Result<Lowering> {
    fn kernel<T: Pod + Float>(rows: usize, indices: usize, n: usize, inner: usize) -> Lowering {
        Lowering::kernel(move |call: &mut Call<'_>| {
            index::scatter_add(
                call.output::<T>(0),
                call.input::<T>(rows),
                call.input::<i64>(indices),
                n,
                inner,
            )
        })
    }
    match dtype {
        DType::F32 => Ok(kernel::<f32>(rows, indices, n, inner)),
        DType::F64 => Ok(kernel::<f64>(rows, indices, n, inner)),
        other => Err(Error::dtype(format!("scatter_add of {other}"))),
    }
}
