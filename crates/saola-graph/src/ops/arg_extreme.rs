//! `argmax` and `argmin`: where the largest or smallest element is.

use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::arg_extreme;
use saola_tensor::{DType, Error, Result};

use super::dispatch::only_numeric;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct ArgExtreme {
    axis: isize,
    largest: bool,
}

impl Symbol {
    /// The index (`i64`) of the largest element along `axis`, the first of several; the axis goes. A NaN counts as
    /// larger than every number, as NumPy has it.
    #[track_caller]
    pub fn argmax(&self, axis: isize) -> Symbol {
        Symbol::apply(ArgExtreme { axis, largest: true }, vec![wide(self)])
    }

    /// The index (`i64`) of the smallest element along `axis`, the first of several; the axis goes. A NaN counts as
    /// smaller than every number, as NumPy has it.
    #[track_caller]
    pub fn argmin(&self, axis: isize) -> Symbol {
        Symbol::apply(ArgExtreme { axis, largest: false }, vec![wide(self)])
    }
}

/// Halves in single precision, which orders them alike.
#[track_caller]
fn wide(x: &Symbol) -> Symbol {
    if matches!(x.dtype(), DType::BF16 | DType::F16) { x.cast(DType::F32) } else { x.clone() }
}

impl Operation for ArgExtreme {
    fn name(&self) -> &'static str {
        if self.largest { "argmax" } else { "argmin" }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let Spec { dtype, dims } = inputs[0];
        only_numeric(*dtype)?;
        let axis = dims.axis(self.axis)?;
        if dims[axis] == Dim::Known(0) {
            return Err(Error::shape(format!("axis {axis} of {dims} is empty"))
                .help("leave empty values out, or give the axis at least one element"));
        }
        let kept: Dims = dims.iter().enumerate().filter(|&(i, _)| i != axis).map(|(_, d)| *d).collect();
        Ok(vec![Spec::new(DType::I64, kept)])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let of =
            [("T", to.spec(0).dtype.into()), ("Tidx", DType::I32.into()), ("output_type", DType::I64.into())];
        let axis = to.int(self.axis as i64)?;
        Ok(vec![to.node(if self.largest { "ArgMax" } else { "ArgMin" }, [to.input(0), axis], of)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let axis = shape.axis(self.axis)?;
        let (n, inner, largest) = (shape[axis], shape[axis + 1..].iter().product(), self.largest);
        fn kernel<T: Pod + PartialOrd>(n: usize, inner: usize, largest: bool) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                arg_extreme(call.output::<i64>(0), call.input::<T>(0), n, inner, largest);
                Ok(())
            })
        }
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(n, inner, largest),
            DType::F64 => kernel::<f64>(n, inner, largest),
            DType::I32 => kernel::<i32>(n, inner, largest),
            DType::U8 => kernel::<u8>(n, inner, largest),
            _ => kernel::<i64>(n, inner, largest),
        })
    }
}
