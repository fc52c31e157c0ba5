//! `size_ratio`: how many times more elements one value has than another.

use saola_tensor::Result;

use crate::{Dims, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct SizeRatio;

impl Symbol {
    /// The number of elements of this symbol divided by that of `other`, as a scalar of this symbol's dtype. Only
    /// the shapes count. This is how a mean over an axis of unknown extent knows its divisor.
    #[track_caller]
    pub fn size_ratio(&self, other: &Symbol) -> Symbol {
        Symbol::apply(SizeRatio, vec![self.clone(), other.clone()])
    }
}

impl Operation for SizeRatio {
    fn name(&self) -> &'static str {
        "size_ratio"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, Dims::scalar())])
    }
    fn gradient(&self, _at: &crate::Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![None, None])
    }
    fn shape_only(&self, _index: usize) -> bool {
        true
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Fill(inputs[0].len() as f64 / inputs[1].len() as f64))
    }
}
