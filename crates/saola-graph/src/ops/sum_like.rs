//! `sum_like`: the reverse of broadcasting.

use saola_kernels::memory::{Call, Kernel, Pod};
use saola_kernels::reduce::{Reduce, Reduction};
use saola_tensor::{DType, Error, Result};

use super::dispatch::{is_half, only_wide_floats};
use super::runs::{Run, fold, runs, scratch};
use crate::path::composed;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct SumLike;

impl Symbol {
    /// Summed over the axes along which `like` was broadcast to this symbol's shape: the gradient of a broadcast.
    #[track_caller]
    pub fn sum_like(&self, like: &Symbol) -> Symbol {
        let same = |s: &Symbol| s.dims().known();
        if same(self).is_some() && same(self) == same(like) {
            return self.clone();
        }
        match is_half(self.dtype()) {
            true => composed("sum_like", || self.cast(DType::F32).sum_like(like).cast(self.dtype())),
            false => Symbol::apply(SumLike, vec![self.clone(), like.clone()]),
        }
    }
}

impl Operation for SumLike {
    fn name(&self) -> &'static str {
        "sum_like"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_wide_floats(inputs[0].dtype)?;
        if inputs[1].dims.len() > inputs[0].dims.len() {
            return Err(Error::shape(format!("{} was not broadcast to {}", inputs[1].dims, inputs[0].dims))
                .help("give the value that was broadcast"));
        }
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[1].dims)])
    }

    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.expand_like(at.input(0), &[])), None])
    }

    fn shape_only(&self, index: usize) -> bool {
        index == 1
    }

    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        if inputs[0].len() == outputs[0].len() {
            return Ok(Lowering::Alias);
        }
        let runs = runs(&inputs[0].shape, &outputs[0].shape);
        let scratch = scratch(&runs, inputs[0].dtype);
        match inputs[0].dtype {
            DType::F32 => Ok(Lowering::Kernel(kernel::<f32>(runs), scratch)),
            DType::F64 => Ok(Lowering::Kernel(kernel::<f64>(runs), scratch)),
            other => Err(Error::dtype(format!("sum_like of {other}"))),
        }
    }
}

fn kernel<T: Pod + Reduce>(runs: Vec<Run>) -> Box<dyn Kernel> {
    Box::new(move |call: &mut Call<'_>| {
        fold::<T>(call, Reduction::Sum, &runs);
        Ok(())
    })
}
