//! Arguments of a layer's call that have names.

use saola_graph::Symbol;
use serde_json::Value;

use crate::Scope;

/// An argument of a call: symbols (or tensors to be, in a model's description), or a value.
#[derive(Clone, Debug)]
pub enum Argument<T = Symbol> {
    /// One symbol.
    One(T),
    /// Several.
    Many(Vec<T>),
    /// A value, as `true`.
    Value(Value),
}

impl<T> Argument<T> {
    /// The symbols of the argument.
    pub fn symbols(&self) -> &[T] {
        match self {
            Argument::One(one) => std::slice::from_ref(one),
            Argument::Many(many) => many,
            Argument::Value(_) => &[],
        }
    }

    /// Whether the argument is this value.
    pub fn is(&self, value: &Value) -> bool {
        matches!(self, Argument::Value(v) if v == value)
    }

    /// The same argument with other symbols.
    pub fn map<U>(&self, mut of: impl FnMut(&T) -> U) -> Argument<U> {
        match self {
            Argument::One(one) => Argument::One(of(one)),
            Argument::Many(many) => Argument::Many(many.iter().map(of).collect()),
            Argument::Value(value) => Argument::Value(value.clone()),
        }
    }
}

/// Takes the argument `name` out of the list. One that is null is not there.
pub(crate) fn take(named: &mut Vec<(String, Argument)>, name: &str) -> Option<Argument> {
    let at = named.iter().position(|(n, _)| n == name)?;
    Some(named.remove(at).1).filter(|a| !a.is(&Value::Null))
}

/// The named arguments of the call.
impl Scope<'_> {
    /// The argument `name` of the call of this layer, where it was given.
    pub fn argument(&mut self, name: &str) -> Option<Argument> {
        let (_, argument, asked) = self.arguments.iter_mut().find(|(n, ..)| n == name)?;
        *asked = true;
        Some(argument.clone()).filter(|a| !a.is(&Value::Null))
    }

    /// The symbol that was given as the argument `name`.
    pub fn symbol_argument(&mut self, name: &str) -> Option<Symbol> {
        self.argument(name).and_then(|a| a.symbols().first().cloned())
    }

    /// Whether the argument `name` was given and is true.
    pub fn flag(&mut self, name: &str) -> bool {
        self.argument(name).is_some_and(|a| a.is(&Value::Bool(true)))
    }
}
