//! `bincount`: how often each number occurs.

use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::Reduce;
use saola_kernels::segment::count;
use saola_tensor::{DType, Error, Result};

use super::dispatch::{only_indices, only_wide_floats};
use super::lookup::as_indices;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: numbers, and weights where there are any.
#[derive(Debug)]
struct BinCount {
    length: usize,
}

impl Symbol {
    /// How often each of `0..length` occurs along the last axis, as `i64`: of `[.., n]` comes `[.., length]`. Any other
    /// number is an error of the run. Keras's and TensorFlow's `bincount`.
    #[track_caller]
    pub fn bincount(&self, length: usize) -> Symbol {
        Symbol::apply(BinCount { length }, vec![as_indices(self)])
    }

    /// As [`Symbol::bincount`], but the sum of the `weights`, which have the shape of this symbol, of each number.
    #[track_caller]
    pub fn bincount_weighted(&self, weights: &Symbol, length: usize) -> Symbol {
        Symbol::apply(BinCount { length }, vec![as_indices(self), weights.clone()])
    }
}

impl Operation for BinCount {
    fn name(&self) -> &'static str {
        "bincount"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let dims = &inputs[0].dims;
        only_indices(inputs[0].dtype)?;
        let Some((_, lead)) = dims.split_last() else {
            return Err(Error::shape("a scalar cannot be counted").help("give at least one axis"));
        };
        let out: Dims = lead.iter().copied().chain([Dim::Known(self.length)]).collect();
        let Some(weights) = inputs.get(1) else { return Ok(vec![Spec::new(DType::I64, out)]) };
        only_wide_floats(weights.dtype)?;
        let same =
            weights.dims.len() == dims.len() && weights.dims.iter().zip(dims.iter()).all(|(a, b)| a.fits(*b));
        if !same {
            return Err(Error::shape(format!("weights are {} for numbers {dims}", weights.dims))
                .help("give one weight for each number"));
        }
        Ok(vec![Spec::new(weights.dtype, out)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let numbers = at.input(0);
        let mut found = vec![None];
        if at.inputs().len() == 2 {
            found.push(Some(at.dy()?.take_along_axis(numbers, -1)));
        }
        Ok(found)
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        // A row of zeros and ones for each number, so that leading axes stay apart and numbers beyond the end count nowhere.
        let dtype = to.output(0).dtype;
        let depth = to.int(self.length as i64)?;
        let (on, off) = (to.number(1.0, dtype)?, to.number(0.0, dtype)?);
        let of = [("T", dtype.into()), ("TI", DType::I64.into()), ("axis", (-1i64).into())];
        let mut rows = to.node("OneHot", [to.input(0), depth, on, off], of);
        if to.inputs().len() > 1 {
            let weights = to.expand_dims(to.input(1), -1, dtype)?;
            rows = to.elementwise("Mul", [rows, weights], dtype);
        }
        Ok(vec![to.reduce("Sum", rows, &[-2], false, dtype)?])
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        let n = inputs[0].shape[inputs[0].shape.rank() - 1];
        let length = self.length;
        Ok(match outputs[0].dtype {
            DType::F32 => weighted::<f32>(n, length),
            DType::F64 => weighted::<f64>(n, length),
            _ => Lowering::kernel(move |call: &mut Call<'_>| {
                count(call.output::<i64>(0), call.input(0), |_| 1, n, length)
            }),
        })
    }
}

fn weighted<T: Pod + Reduce>(n: usize, length: usize) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        let weights = call.input::<T>(1);
        count(call.output(0), call.input(0), |i| weights[i], n, length)
    })
}
