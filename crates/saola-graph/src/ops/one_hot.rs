//! `one_hot`: a row per index that is 1 at the index.

use saola_kernels::index;
use saola_kernels::memory::{Call, Pod};
use saola_tensor::{DType, Error, Result};

use crate::tensorflow::Translation;
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct OneHot {
    depth: usize,
    dtype: DType,
}

impl Symbol {
    /// For each index a row of `depth` numbers of `dtype`, 0 but for a 1 at the index. An index outside of the row,
    /// such as −1, gives zeros.
    #[track_caller]
    pub fn one_hot(&self, depth: usize, dtype: DType) -> Symbol {
        let indices = if self.dtype().is_integer() { self.cast(DType::I64) } else { self.clone() };
        Symbol::apply(OneHot { depth, dtype }, vec![indices])
    }
}

impl Operation for OneHot {
    fn name(&self) -> &'static str {
        "one_hot"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs[0].dtype != DType::I64 {
            return Err(Error::dtype(format!("the indices are {}, not integers", inputs[0].dtype))
                .help("convert the indices with `.cast(I64)`"));
        }
        if !matches!(self.dtype, DType::F32 | DType::F64 | DType::I32 | DType::I64) {
            return Err(Error::dtype(format!("gives f32, f64, i32 or i64, not {}", self.dtype))
                .help("convert the rows with `.cast(..)`"));
        }
        let dims: Dims = inputs[0].dims.iter().copied().chain([Dim::Known(self.depth)]).collect();
        Ok(vec![Spec::new(self.dtype, dims)])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let depth = to.int(self.depth as i64)?;
        let (on, off) = (to.number(1.0, self.dtype)?, to.number(0.0, self.dtype)?);
        let of = [("T", self.dtype.into()), ("TI", DType::I64.into()), ("axis", (-1i64).into())];
        Ok(vec![to.node("OneHot", [to.input(0), depth, on, off], of)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod>(depth: usize, on: T, off: T) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                index::one_hot(call.output::<T>(0), call.input::<i64>(0), depth, on, off);
                Ok(())
            })
        }
        Ok(match self.dtype {
            DType::F32 => kernel(self.depth, 1.0f32, 0.0),
            DType::F64 => kernel(self.depth, 1.0f64, 0.0),
            DType::I32 => kernel(self.depth, 1i32, 0),
            _ => kernel(self.depth, 1i64, 0),
        })
    }
}
