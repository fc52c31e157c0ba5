//! `gather`: slices by index; the lookup of embeddings.

use saola_kernels::index;
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result, bf16, f16};

use super::indexed_rows::indexed_rows;
use super::scatter_add::scatter_add_like;
use crate::tensorflow::Translation;
use crate::{Dims, Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Gather {
    axis: isize,
}

impl Symbol {
    /// The slices at `indices` along `axis`: the axis is replaced by the axes of `indices`. An index outside of the
    /// axis is an error of the run. Along the first axis the gradient stays sparse: (indices, rows).
    #[track_caller]
    pub fn gather(&self, indices: &Symbol, axis: isize) -> Symbol {
        let indices = if indices.dtype().is_integer() { indices.cast(DType::I64) } else { indices.clone() };
        Symbol::apply(Gather { axis }, vec![self.clone(), indices])
    }
}

impl Operation for Gather {
    fn name(&self) -> &'static str {
        "gather"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs[1].dtype != DType::I64 {
            return Err(Error::dtype(format!("the indices are {}, not integers", inputs[1].dtype))
                .help("look names up in a vocabulary, or convert the indices with `.cast(I64)`"));
        }
        let axis = inputs[0].dims.axis(self.axis)?;
        let (before, after) = (&inputs[0].dims[..axis], &inputs[0].dims[axis + 1..]);
        let dims: Dims = before.iter().chain(inputs[1].dims.iter()).chain(after).copied().collect();
        Ok(vec![Spec::new(inputs[0].dtype, dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (x, indices, dy) = (at.input(0), at.input(1), at.dy()?);
        let axis = x.dims().axis(self.axis)?;
        let dx =
            if axis == 0 { indexed_rows(indices, dy, x) } else { scatter_add_like(dy, indices, x, axis) };
        Ok(vec![Some(dx), None])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let axis = to.int(self.axis as i64)?;
        let of = [
            ("Tparams", to.spec(0).dtype.into()),
            ("Tindices", DType::I64.into()),
            ("Taxis", DType::I32.into()),
        ];
        Ok(vec![to.node("GatherV2", [to.input(0), to.input(1), axis], of)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let shape = &inputs[0].shape;
        let axis = shape.axis(self.axis)?;
        let (n, inner) = (shape[axis], shape[axis + 1..].iter().product());
        Ok(match inputs[0].dtype {
            DType::F32 => kernel::<f32>(n, inner),
            DType::F64 => kernel::<f64>(n, inner),
            DType::I32 => kernel::<i32>(n, inner),
            DType::I64 => kernel::<i64>(n, inner),
            DType::U8 | DType::Bool => kernel::<u8>(n, inner),
            DType::BF16 => kernel::<bf16>(n, inner),
            DType::F16 => kernel::<f16>(n, inner),
            other => return Err(Error::dtype(format!("gather of {other}"))),
        })
    }
}

fn kernel<T: Pod>(n: usize, inner: usize) -> Lowering {
    Lowering::kernel(move |call: &mut Call<'_>| {
        index::gather(call.output::<T>(0), call.input::<T>(0), call.input::<i64>(1), n, inner)
    })
}
