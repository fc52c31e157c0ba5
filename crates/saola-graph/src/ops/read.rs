//! `read`: a variable's value after an update.

use saola_tensor::Result;

use crate::{Lowering, Operation, Role, Spec, Symbol, Value};

#[derive(Debug)]
struct Read;

impl Symbol {
    /// The value of this variable after all of `updates`. The variable's own symbol is its value at the beginning of
    /// the run.
    #[track_caller]
    pub fn read<S: Into<Symbol>>(&self, updates: impl IntoIterator<Item = S>) -> Symbol {
        match super::only_variable(self) {
            Ok(()) => {
                Symbol::apply_after(Read, vec![self.clone()], updates.into_iter().map(Into::into).collect())
            }
            Err(error) => Symbol::poisoned(error),
        }
    }
}

impl Operation for Read {
    fn name(&self) -> &'static str {
        "read"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![inputs[0].clone()])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("it is what updates left; differentiate the variable, or what it was updated by")
    }
    fn role(&self) -> Role<'_> {
        Role::Read
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Alias)
    }
}
