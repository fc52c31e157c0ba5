//! `group`: several effects as one.

use saola_tensor::{Error, Result};

use crate::{Effect, Lowering, Operation, Role, Spec, Symbol, Value};

#[derive(Debug)]
pub(crate) struct Group;

/// One effect that is done when all of `parts` are.
///
/// ```
/// use saola_graph::{Variable, constant, group};
///
/// let steps = Variable::new("steps", 0i64).symbol();
/// let count = steps.assign_add(&constant(1i64));
/// let all = group([&count]);
/// assert!(all.symbol().error().is_none());
/// ```
#[track_caller]
pub fn group<S: Into<Symbol>>(parts: impl IntoIterator<Item = S>) -> Effect {
    let parts = parts.into_iter().map(Into::into).collect();
    Effect::new(Symbol::apply_after(Group, vec![], parts))
}

impl Operation for Group {
    fn name(&self) -> &'static str {
        "group"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, _inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![])
    }
    fn role(&self) -> Role<'_> {
        Role::Group
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Err(Error::internal("a group computes nothing"))
    }
}
