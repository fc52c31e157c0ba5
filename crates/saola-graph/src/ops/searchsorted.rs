//! `searchsorted`: where values belong in an ordered sequence.

use saola_kernels::memory::Call;
use saola_kernels::sort::{Ordered, search};
use saola_tensor::{DType, Error, Result, bf16, f16};

use super::dispatch::only_numeric;
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

/// On which side of equal elements a value belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Side {
    /// Before them.
    #[default]
    Left,
    /// Behind them.
    Right,
}

#[derive(Debug)]
struct SearchSorted(Side);

impl Symbol {
    /// For each of `values` the place (`i64`) at which it could be put into this ascending sequence without disturbing
    /// the order. The sequence is a vector for values of any shape, or has the leading axes of the values and is then
    /// searched row by row. A sequence that is not in order is an error of the run; NaN is above all numbers. Keras's
    /// and TensorFlow's `searchsorted`.
    #[track_caller]
    pub fn searchsorted(&self, values: &Symbol, side: Side) -> Symbol {
        Symbol::apply(SearchSorted(side), vec![self.clone(), values.clone()])
    }
}

impl Operation for SearchSorted {
    fn name(&self) -> &'static str {
        "searchsorted"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (sorted, values) = (inputs[0], inputs[1]);
        only_numeric(sorted.dtype)?;
        if sorted.dtype != values.dtype {
            return Err(Error::dtype(format!(
                "the sequence is {} and the values {}",
                sorted.dtype, values.dtype
            ))
            .help("convert one of them with `.cast(..)`"));
        }
        let Some((_, lead)) = sorted.dims.split_last() else {
            return Err(Error::shape("a scalar is no sequence").help("give at least one axis"));
        };
        let same = values.dims.len() == lead.len() + 1
            && lead.iter().zip(values.dims.iter()).all(|(a, b)| a.fits(*b));
        if !lead.is_empty() && !same {
            return Err(Error::shape(format!("values {} for sequences {}", values.dims, sorted.dims))
                .help("give one sequence, or values with the same leading axes"));
        }
        Ok(vec![Spec::new(DType::I64, &values.dims)])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let (dtype, values) = (to.spec(0).dtype, to.input(1));
        if to.spec(0).dims.rank() != 1 {
            return Err(to.refuse("in several sequences at once has no counterpart in TensorFlow"));
        }
        let sorted = to.expand_dims(to.input(0), 0, dtype)?;
        let row = to.reshape(values.clone(), &[Dim::Known(1), Dim::Any], dtype)?;
        let op = if self.0 == Side::Right { "UpperBound" } else { "LowerBound" };
        let found = to.node(op, [sorted, row], [("T", dtype.into()), ("out_type", DType::I64.into())]);
        let shape = to.shape_of(values, dtype);
        Ok(vec![to.reshape_to(found, shape, DType::I64)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let dims = Dims::from(&inputs[0].shape);
        let n = inputs[0].shape[dims.axis(-1)?];
        let right = self.0 == Side::Right;
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(n, right),
            DType::F64 => kernel::<f64>(n, right),
            DType::I32 => kernel::<i32>(n, right),
            DType::U8 => kernel::<u8>(n, right),
            DType::BF16 => kernel::<bf16>(n, right),
            DType::F16 => kernel::<f16>(n, right),
            _ => kernel::<i64>(n, right),
        })
    }
}

fn kernel<T: Ordered>(n: usize, right: bool) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        search(call.output(0), call.input::<T>(0), call.input(1), n, right)
    })
}
