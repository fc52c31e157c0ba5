//! The variables of an optimizer: slots, learning rate, count of steps.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::{Symbol, Variable, constant};
use saola_tensor::{Error, Tensor};

/// How an optimizer's variables are called: from a trained variable's name, if there is one, and the slot's.
pub type Naming = Arc<dyn Fn(Option<&str>, &str) -> String + Send + Sync>;

/// An optimizer's step while it is being built: it makes the slots and counts the steps.
pub struct Plan {
    naming: Naming,
    iterations: Symbol,
    counts: bool,
    learning_rate: Symbol,
    /// By the variable that they are beside, and what they are.
    slots: IndexMap<(u64, String), Symbol>,
    names: BTreeSet<String>,
}

impl Plan {
    /// With variables named as Keras names them, under the optimizer's name.
    pub fn new(optimizer: &str, learning_rate: f64) -> Plan {
        let prefix = optimizer.to_lowercase();
        let naming = move |variable: Option<&str>, slot: &str| match variable {
            Some(variable) => format!("{prefix}/{}_{slot}", variable.replace('/', "_")),
            None => format!("{prefix}/{slot}"),
        };
        Plan::with_naming(Arc::new(naming), learning_rate, None)
    }

    /// With names of the caller's, and perhaps a count of steps that the caller keeps and increases.
    pub fn with_naming(naming: Naming, learning_rate: f64, iterations: Option<Symbol>) -> Plan {
        let counts = iterations.is_none();
        let iterations = iterations
            .unwrap_or_else(|| Variable::new(naming(None, "iteration"), 0i64).trainable(false).symbol());
        let rate = Variable::new(naming(None, "learning_rate"), learning_rate as f32).trainable(false);
        Plan {
            iterations,
            counts,
            learning_rate: rate.symbol(),
            slots: IndexMap::new(),
            names: BTreeSet::new(),
            naming,
        }
    }

    /// A variable beside `variable`, of its shape, that starts as `initial` everywhere.
    #[track_caller]
    pub fn slot(&mut self, variable: &Symbol, slot: &str, initial: f64) -> Symbol {
        let name = match variable.node().operation().role() {
            saola_graph::Role::Variable(info) => (self.naming)(Some(&info.name), slot),
            _ => return Symbol::poisoned(Error::value(format!("{} is no variable", variable.label()))),
        };
        let key = (variable.node().id(), slot.to_string());
        if let Some(slot) = self.slots.get(&key) {
            return slot.clone();
        }
        let name = self.unused(name);
        let value = variable.dims().known().map(|shape| Tensor::full(initial, shape));
        let value = value.and_then(Result::ok).and_then(|t| t.cast(variable.dtype()).ok());
        let Some(value) = value else {
            return Symbol::poisoned(Error::dtype(format!("{name}: no slot beside {}", variable.spec())));
        };
        let symbol = Variable::new(name.clone(), value).trainable(false).symbol();
        self.slots.insert(key, symbol.clone());
        symbol
    }

    /// The name, or where another variable's slot has it, the name with the first number that makes it new.
    fn unused(&mut self, name: String) -> String {
        let mut free = name.clone();
        let mut n = 0;
        while !self.names.insert(free.clone()) {
            n += 1;
            free = format!("{name}_{n}");
        }
        free
    }

    /// The learning rate in the dtype of `variable`.
    #[track_caller]
    pub fn rate(&self, variable: &Symbol) -> Symbol {
        self.learning_rate.cast(variable.dtype())
    }

    /// A number in the dtype of `variable`.
    #[track_caller]
    pub fn number(&self, x: f64, variable: &Symbol) -> Symbol {
        match Tensor::scalar(x).cast(variable.dtype()) {
            Ok(tensor) => constant(tensor),
            Err(error) => Symbol::poisoned(error),
        }
    }

    /// The number of this step, from 1, in the dtype of `variable`.
    #[track_caller]
    pub fn time(&self, variable: &Symbol) -> Symbol {
        (&self.iterations + 1).cast(variable.dtype())
    }

    /// The increase of the count of steps, or the count itself where the caller increases it.
    pub(super) fn count(&self) -> Symbol {
        match self.counts {
            true => self.iterations.assign_add(&constant(Tensor::scalar(1i64))),
            false => self.iterations.clone(),
        }
    }

    /// How many steps there have been.
    pub fn iterations(&self) -> &Symbol {
        &self.iterations
    }

    /// The learning rate.
    pub fn learning_rate(&self) -> &Symbol {
        &self.learning_rate
    }

    /// The optimizer's variables in Keras's order: iterations, learning rate, then the slots of each variable.
    pub fn variables(&self) -> Vec<Symbol> {
        [&self.iterations, &self.learning_rate].into_iter().chain(self.slots.values()).cloned().collect()
    }
}
