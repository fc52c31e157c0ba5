//! What operations that find blocks by index have in common: `gather_nd`, `take_along_axis`, the batched gather,
//! and the scatters. A [`Finder`] says which block an index means; the reads, the writes and their gradients are
//! made here.

use std::fmt::Debug;

use saola_kernels::lookup::{self, Lookup};
use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::{Reduce, Reduction};
use saola_tensor::{DType, Error, Result, Shape};

use super::dispatch::{any_dtype, only_indices, wide_float};
use crate::tensorflow::Translation;
use crate::{Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// How indices name blocks.
pub(crate) trait Finder: Clone + Debug + Send + Sync + 'static {
    /// The name of the operation that reads.
    const NAME: &'static str;
    /// The name of its gradient.
    const GRADIENT: &'static str;

    /// The dimensions of what is read out of `x` by `indices`.
    fn dims(&self, x: &Dims, indices: &Dims) -> Result<Dims>;

    /// Where the blocks are, and how many elements one has.
    fn lookup(&self, x: &Shape, indices: &Shape) -> Result<(Lookup, usize)>;

    /// What is read, in operations of TensorFlow.
    fn translate(&self, to: &mut Translation<'_>) -> Result<String> {
        Err(to.refuse("has no counterpart in TensorFlow"))
    }
}

/// Inputs: an array and indices.
#[derive(Clone, Debug)]
struct Take<F>(F);

/// Inputs: blocks, indices, and an array of which only the shape counts: zeros, to which the blocks are added.
#[derive(Clone, Debug)]
struct AddLike<F>(F);

/// The blocks of `x` that `finder` finds by `indices`.
#[track_caller]
pub(crate) fn take(finder: impl Finder, x: &Symbol, indices: &Symbol) -> Symbol {
    Symbol::apply(Take(finder), vec![x.clone(), as_indices(indices)])
}

/// Zeros in the shape of `like`, to which `blocks` are added where `finder` finds them.
#[track_caller]
pub(crate) fn add_like(finder: impl Finder, blocks: &Symbol, indices: &Symbol, like: &Symbol) -> Symbol {
    Symbol::apply(AddLike(finder), vec![blocks.clone(), indices.clone(), like.clone()])
}

/// Integers of any width as indices.
#[track_caller]
pub(crate) fn as_indices(indices: &Symbol) -> Symbol {
    if indices.dtype().is_integer() { indices.cast(DType::I64) } else { indices.clone() }
}

impl<F: Finder> Operation for Take<F> {
    fn name(&self) -> &'static str {
        F::NAME
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_indices(inputs[1].dtype)?;
        Ok(vec![Spec::new(inputs[0].dtype, self.0.dims(&inputs[0].dims, &inputs[1].dims)?)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(add_like(self.0.clone(), at.dy()?, at.input(1), at.input(0))), None])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        Ok(vec![self.0.translate(to)?])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (lookup, inner) = self.0.lookup(&inputs[0].shape, &inputs[1].shape)?;
        Ok(any_dtype!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            lookup::take(call.output::<T>(0), call.input::<T>(0), call.input::<i64>(1), &lookup, inner)
        })))
    }
}

impl<F: Finder> Operation for AddLike<F> {
    fn name(&self) -> &'static str {
        F::GRADIENT
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, &inputs[2].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(take(self.0.clone(), at.dy()?, at.input(1))), None, None])
    }
    fn shape_only(&self, index: usize) -> bool {
        index == 2
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float + Reduce>(lookup: Lookup, inner: usize) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                let (x, indices) = (call.input::<T>(0), call.input::<i64>(1));
                let out = call.output::<T>(0);
                out.fill(T::ZERO);
                lookup::put(out, x, indices, &lookup, inner, Reduction::Sum)
            })
        }
        let (lookup, inner) = self.0.lookup(&outputs[0].shape, &inputs[1].shape)?;
        Ok(wide_float!(inputs[0].dtype, T => kernel::<T>(lookup, inner)))
    }
}

/// Refuses leading axes of an array and of indices that differ.
pub(crate) fn same_batch(x: &Dims, indices: &Dims, axes: usize) -> Result<()> {
    let enough = x.len() >= axes && indices.len() >= axes;
    if enough && x[..axes].iter().zip(&indices[..axes]).all(|(a, b)| a.fits(*b)) {
        return Ok(());
    }
    Err(Error::shape(format!("{x} and indices {indices} do not share {axes} leading axes"))
        .help("the batch axes of the values and of the indices must have equal extents"))
}
