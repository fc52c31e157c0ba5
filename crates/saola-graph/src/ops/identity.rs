//! `identity`, `after` and `stop_gradient`: the same value under other conditions.

use saola_tensor::Result;

use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Identity;

#[derive(Debug)]
struct StopGradient;

impl Symbol {
    /// The same value, computed after all of `control`: TensorFlow's control dependencies.
    #[track_caller]
    pub fn after<S: Into<Symbol>>(&self, control: impl IntoIterator<Item = S>) -> Symbol {
        Symbol::apply_after(Identity, vec![self.clone()], control.into_iter().map(Into::into).collect())
    }

    /// The same value as a constant to differentiation.
    #[track_caller]
    pub fn stop_gradient(&self) -> Symbol {
        Symbol::apply(StopGradient, vec![self.clone()])
    }
}

impl Operation for Identity {
    fn name(&self) -> &'static str {
        "identity"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![Some(at.dy()?.clone())])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Alias)
    }
}

impl Operation for StopGradient {
    fn name(&self) -> &'static str {
        "stop_gradient"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, _at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(vec![None])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Alias)
    }
}
