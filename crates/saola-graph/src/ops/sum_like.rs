//! `sum_like`: the reverse of broadcasting.

use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::{Reduce, Reduction, reduce};
use saola_tensor::{DType, Error, Result, Shape};

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
        Symbol::apply(SumLike, vec![self.clone(), like.clone()])
    }
}

impl Operation for SumLike {
    fn name(&self) -> &'static str {
        "sum_like"
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs[1].dims.len() > inputs[0].dims.len() {
            return Err(Error::shape(format!("{} was not broadcast to {}", inputs[1].dims, inputs[0].dims)));
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
        match inputs[0].dtype {
            DType::F32 => Ok(kernel::<f32>(runs, &inputs[0])),
            DType::F64 => Ok(kernel::<f64>(runs, &inputs[0])),
            other => Err(Error::dtype(format!("sum_like of {other}"))),
        }
    }
}

/// Neighbouring axes to sum over.
#[derive(Debug, PartialEq)]
struct Run {
    /// Their extent.
    n: usize,
    /// The number of elements behind them.
    inner: usize,
    /// The number of elements that are left.
    left: usize,
}

/// The runs of neighbouring axes to sum over, last first.
fn runs(from: &Shape, to: &Shape) -> Vec<Run> {
    let shift = from.rank() - to.rank();
    let summed = |axis: usize| axis < shift || (to[axis - shift] == 1 && from[axis] != 1);
    let mut runs = Vec::new();
    let mut axis = from.rank();
    while axis > 0 {
        axis -= 1;
        if !summed(axis) {
            continue;
        }
        let inner: usize = (axis + 1..from.rank()).filter(|&a| !summed(a)).map(|a| from[a]).product();
        let mut n = from[axis];
        while axis > 0 && summed(axis - 1) {
            axis -= 1;
            n *= from[axis];
        }
        let before: usize = from[..axis].iter().product();
        runs.push(Run { n, inner, left: before * inner });
    }
    runs
}

/// Runs the sums one after the other; all but the last go to working memory.
fn kernel<T: Pod + Reduce>(runs: Vec<Run>, input: &Value) -> Lowering {
    let scratch = runs[..runs.len() - 1].iter().map(|run| (input.dtype, run.left)).collect();
    let kernel = move |call: &mut Call<'_>| {
        let mut from: &[T] = call.input(0);
        for (i, run) in runs.iter().enumerate() {
            let to = call.output::<T>(if i + 1 == runs.len() { 0 } else { i + 1 });
            reduce(Reduction::Sum, to, from, run.n, run.inner);
            from = to;
        }
        Ok(())
    };
    Lowering::Kernel(Box::new(kernel), scratch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_axes() {
        let of = |from: &[usize], to: &[usize]| -> Vec<(usize, usize, usize)> {
            runs(&Shape::from(from), &Shape::from(to)).iter().map(|r| (r.n, r.inner, r.left)).collect()
        };
        assert_eq!(of(&[5, 3], &[3]), [(5, 3, 3)]);
        assert_eq!(of(&[5, 3, 4], &[1, 3, 1]), [(4, 1, 15), (5, 3, 3)]);
        assert_eq!(of(&[5, 3, 0], &[1, 3, 1]), [(0, 1, 15), (5, 3, 3)]);
        assert_eq!(of(&[5, 3], &[]), [(15, 1, 1)]);
    }
}
