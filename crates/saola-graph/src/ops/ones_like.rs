//! `ones_like` and `zeros_like`: one number in another value's shape.

use saola_tensor::{DType, Result};

use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct FillLike {
    value: f64,
    dtype: DType,
}

/// Ones in the dtype and shape of `like`, of which only the shape counts.
#[track_caller]
pub(crate) fn ones_like(like: &Symbol) -> Symbol {
    like.fill_like(1.0, like.dtype())
}

impl Symbol {
    /// `value` everywhere, as `dtype`, in the shape of this symbol. Only the shape counts.
    #[track_caller]
    pub fn fill_like(&self, value: f64, dtype: DType) -> Symbol {
        Symbol::apply(FillLike { value, dtype }, vec![self.clone()])
    }

    /// Zeros in the dtype and shape of this symbol.
    #[track_caller]
    pub fn zeros_like(&self) -> Symbol {
        self.fill_like(0.0, self.dtype())
    }
}

impl Operation for FillLike {
    fn name(&self) -> &'static str {
        "fill_like"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(self.dtype, &inputs[0].dims)])
    }
    fn gradient(&self, _at: &crate::Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![None])
    }
    fn shape_only(&self, _index: usize) -> bool {
        true
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let shape = to.shape_of(to.input(0), to.spec(0).dtype);
        let value = to.number(self.value, self.dtype)?;
        let of = [("T", self.dtype.into()), ("index_type", DType::I32.into())];
        Ok(vec![to.node("Fill", [shape, value], of)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Fill(self.value))
    }
}
