//! `cast`: another element type.

use saola_tensor::{DType, Error, Result};

use crate::tensorflow::Translation;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
pub(crate) struct Cast(DType);

impl Symbol {
    /// Every element converted to `dtype`: floats become integers by truncation, numbers become truth values as
    /// "not zero", truth values become 0 and 1. A float's gradient flows through conversions between floats.
    #[track_caller]
    pub fn cast(&self, dtype: DType) -> Symbol {
        if dtype == self.dtype() {
            return self.clone();
        }
        Symbol::apply(Cast(dtype), vec![self.clone()])
    }
}

impl Operation for Cast {
    fn name(&self) -> &'static str {
        "cast"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs[0].dtype == DType::Str || self.0 == DType::Str {
            return Err(Error::dtype(format!("cannot convert {} to {}", inputs[0].dtype, self.0))
                .help("look strings up in a vocabulary, or convert them before they are fed"));
        }
        Ok(vec![Spec::new(self.0, &inputs[0].dims)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.cast(at.input(0).dtype()))])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        Ok(vec![to.cast(to.input(0), to.spec(0).dtype, self.0)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Cast)
    }
}
