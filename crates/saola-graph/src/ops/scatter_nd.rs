//! `scatter`, `scatter_update`, `scatter_add`, `scatter_max`, `scatter_min`: slices written by coordinates.

use saola_kernels::lookup::{self, Lookup};
use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::{Reduce, Reduction};
use saola_tensor::{DType, Error, Result};

use super::dispatch::{any_dtype, is_half, only_indices, only_numeric, wide_float};
use super::gather_nd::Coordinates;
use super::lookup::{Finder, add_like, as_indices};
use crate::path::composed;
use crate::{Dims, Gradient, Lowering, Operation, Spec, Symbol, Value, constant};

/// Inputs: an array, indices, updates. `None` replaces what is there.
#[derive(Debug)]
struct Scatter(Option<Reduction>);

/// Inputs: a gradient in the shape of an array, and indices: the slices there, but zeros where a later index is
/// equal. The gradient of updates that replace.
#[derive(Debug)]
struct ScatterUpdateGradient;

const PLACES: Coordinates = Coordinates { batch: 0 };

/// Zeros of `dims`, to which `updates` are added at `indices`; of equal indices every update counts. The last axis of
/// the indices holds coordinates, as for [`Symbol::gather_nd`]. Keras's `scatter`, TensorFlow's `scatter_nd`.
///
/// ```
/// use saola_graph::{DType, placeholder, scatter};
///
/// let places = placeholder("places", DType::I64, [7, 1]);
/// let rows = placeholder("rows", DType::F32, [7, 3]);
/// assert_eq!(scatter(&places, &rows, [20, 3]).spec().to_string(), "f32[20, 3]");
/// ```
#[track_caller]
pub fn scatter(indices: &Symbol, updates: &Symbol, dims: impl Into<Dims>) -> Symbol {
    composed("scatter", || {
        let zero = match saola_tensor::Tensor::zeros(updates.dtype(), saola_tensor::Shape::from([])) {
            Ok(zero) => constant(zero),
            Err(error) => return Symbol::poisoned(error),
        };
        zero.broadcast_to(dims).scatter_add(indices, updates)
    })
}

macro_rules! scatters {
    ($($(#[$doc:meta])* $name:ident, $op:expr;)*) => {
        impl Symbol {$(
            $(#[$doc])*
            ///
            /// The last axis of the indices holds coordinates, as for [`Symbol::gather_nd`]; an index outside is an
            /// error of the run.
            #[track_caller]
            pub fn $name(&self, indices: &Symbol, updates: &Symbol) -> Symbol {
                let dtype = self.dtype();
                let op: Option<Reduction> = $op;
                if op.is_some() && is_half(dtype) && updates.dtype() == dtype {
                    let wide = |s: &Symbol| s.cast(DType::F32);
                    return composed(stringify!($name), || {
                        wide(self).$name(indices, &wide(updates)).cast(dtype)
                    });
                }
                Symbol::apply(Scatter(op), vec![self.clone(), as_indices(indices), updates.clone()])
            }
        )*}
    };
}
scatters! {
    /// This value with the slices at `indices` replaced by `updates`; of equal indices the last one stays, and only it
    /// gets a gradient. Keras's `scatter_update`, TensorFlow's `tensor_scatter_nd_update`.
    scatter_update, None;
    /// This value with `updates` added to the slices at `indices`; of equal indices every update counts. TensorFlow's
    /// `tensor_scatter_nd_add`.
    scatter_add, Some(Reduction::Sum);
    /// The larger of this value's slices at `indices` and of `updates`. The gradient is shared among equal ones.
    /// TensorFlow's `tensor_scatter_nd_max`.
    scatter_max, Some(Reduction::Max);
    /// The smaller of this value's slices at `indices` and of `updates`. The gradient is shared among equal ones.
    /// TensorFlow's `tensor_scatter_nd_min`.
    scatter_min, Some(Reduction::Min);
}

impl Operation for Scatter {
    fn name(&self) -> &'static str {
        match self.0 {
            None => "scatter_update",
            Some(Reduction::Max) => "scatter_max",
            Some(Reduction::Min) => "scatter_min",
            Some(_) => "scatter_add",
        }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (x, indices, updates) = (inputs[0], inputs[1], inputs[2]);
        only_indices(indices.dtype)?;
        if self.0.is_some() {
            only_numeric(x.dtype)?;
        }
        if x.dtype != updates.dtype {
            return Err(Error::dtype(format!("the value is {} and the updates {}", x.dtype, updates.dtype))
                .help("convert one of them with `.cast(..)`"));
        }
        let wanted = PLACES.dims(&x.dims, &indices.dims)?;
        let fits = wanted.len() == updates.dims.len()
            && wanted.iter().zip(updates.dims.iter()).all(|(a, b)| a.fits(*b));
        if !fits {
            return Err(Error::shape(format!("updates are {} where {wanted} are expected", updates.dims))
                .help("give one slice for each row of indices"));
        }
        Ok(vec![x.clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, indices, updates, dy) = (at.input(0), at.input(1), at.input(2), at.dy()?);
        let (dx, du) = match self.0 {
            Some(Reduction::Sum) => (dy.clone(), dy.gather_nd(indices)),
            None => {
                let replaced = dy.scatter_update(indices, &updates.zeros_like());
                (replaced, Symbol::apply(ScatterUpdateGradient, vec![dy.clone(), indices.clone()]))
            }
            Some(_) => {
                let y = at.output(0);
                let kept = x.equal(&y).cast(dy.dtype());
                let taken = updates.equal(y.gather_nd(indices)).cast(dy.dtype());
                let share = dy / (&kept + add_like(PLACES, &taken, indices, dy)).maximum(1.0);
                (&share * kept, share.gather_nd(indices) * taken)
            }
        };
        Ok(vec![Some(dx), None, Some(du)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (lookup, inner) = PLACES.lookup(&inputs[0].shape, &inputs[1].shape)?;
        let dtype = inputs[0].dtype;
        let Some(op) = self.0 else {
            return Ok(any_dtype!(dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
                let out = call.output::<T>(0);
                out.copy_from_slice(call.input::<T>(0));
                lookup::set(out, call.input::<T>(2), call.input::<i64>(1), &lookup, inner)
            })));
        };
        Ok(match dtype {
            DType::F32 => fold::<f32>(op, lookup, inner),
            DType::F64 => fold::<f64>(op, lookup, inner),
            DType::I32 => fold::<i32>(op, lookup, inner),
            DType::I64 => fold::<i64>(op, lookup, inner),
            DType::U8 => fold::<u8>(op, lookup, inner),
            other => {
                return Err(Error::dtype(format!("{} of {other}", self.name()))
                    .help("convert the values with `.cast(F32)`"));
            }
        })
    }
}

fn fold<T: Pod + Reduce>(op: Reduction, lookup: Lookup, inner: usize) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        let out = call.output::<T>(0);
        out.copy_from_slice(call.input::<T>(0));
        lookup::put(out, call.input::<T>(2), call.input::<i64>(1), &lookup, inner, op)
    })
}

impl Operation for ScatterUpdateGradient {
    fn name(&self) -> &'static str {
        "scatter_update_gradient"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, PLACES.dims(&inputs[0].dims, &inputs[1].dims)?)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let zeros = at.input(0).zeros_like();
        Ok(vec![Some(zeros.scatter_update(at.input(1), at.dy()?)), None])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (lookup, inner) = PLACES.lookup(&inputs[0].shape, &inputs[1].shape)?;
        let blocks = inputs[0].len().checked_div(inner).unwrap_or(0);
        let marks = vec![(DType::U8, blocks)];
        Ok(wide_float!(inputs[0].dtype, T => Lowering::Kernel(Box::new(move |call: &mut Call<'_>| {
            let (out, seen) = (call.output::<T>(0), call.output::<u8>(1));
            lookup::take_last(out, call.input::<T>(0), call.input::<i64>(1), &lookup, inner, seen)
        }), marks)))
    }
}
