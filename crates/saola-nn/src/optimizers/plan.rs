//! The variables of an optimizer: slots, learning rate, count of steps; and the updates of a step.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::{
    Effect, Role, StepOptions, Symbol, UpdateRule, Variable, assign, constant, optimizer_step_with, select,
};
use saola_tensor::{DType, Error, Tensor};

use super::LearningRate;

/// How an optimizer's variables are called: from a trained variable's name, if there is one, and the slot's.
pub type Naming = Arc<dyn Fn(Option<&str>, &str) -> String + Send + Sync>;

/// An optimizer's step while it is being built: it makes the slots, counts the steps, and knows when a step is taken.
pub struct Plan {
    naming: Naming,
    iterations: Symbol,
    counts: bool,
    learning_rate: Symbol,
    scheduled: bool,
    /// By the variable that they are beside, and what they are.
    slots: IndexMap<(u64, String), Symbol>,
    names: BTreeSet<String>,
    /// Variables of an optimizer around this one, which come first.
    pub(super) before: Vec<Symbol>,
    /// Whether this run counts as a step at all, where that is not always so.
    pub(super) active: Option<Symbol>,
    /// Whether this run changes the weights, where that is not always so.
    pub(super) gate: Option<Symbol>,
    /// How many runs make a step.
    pub(super) every: usize,
    /// The fraction of itself that the variable of the current step loses.
    pub(super) decay: Option<Symbol>,
}

impl Plan {
    /// With variables named as Keras names them, under the optimizer's name.
    pub fn new(optimizer: &str, learning_rate: &LearningRate) -> Plan {
        let prefix = optimizer.to_lowercase();
        let naming = move |variable: Option<&str>, slot: &str| match variable {
            Some(variable) => format!("{prefix}/{}_{slot}", variable.replace('/', "_")),
            None => format!("{prefix}/{slot}"),
        };
        Plan::with_naming(Arc::new(naming), learning_rate, None)
    }

    /// With names of the caller's, and perhaps a count of steps that the caller keeps and increases.
    pub fn with_naming(naming: Naming, learning_rate: &LearningRate, iterations: Option<Symbol>) -> Plan {
        let counts = iterations.is_none();
        let iterations = iterations
            .unwrap_or_else(|| Variable::new(naming(None, "iteration"), 0i64).trainable(false).symbol());
        let rate = match learning_rate {
            LearningRate::Number(rate) => {
                Variable::new(naming(None, "learning_rate"), *rate as f32).trainable(false).symbol()
            }
            LearningRate::Schedule(schedule) => schedule.rate(&iterations.cast(DType::F32)).cast(DType::F32),
        };
        Plan {
            iterations,
            counts,
            learning_rate: rate,
            scheduled: matches!(learning_rate, LearningRate::Schedule(_)),
            slots: IndexMap::new(),
            names: BTreeSet::new(),
            naming,
            before: Vec::new(),
            active: None,
            gate: None,
            every: 1,
            decay: None,
        }
    }

    /// A variable beside `variable`, of its shape, that starts as `initial` everywhere.
    #[track_caller]
    pub fn slot(&mut self, variable: &Symbol, slot: &str, initial: f64) -> Symbol {
        let value = variable.dims().known().map(|shape| Tensor::full(initial, shape));
        let value = value.and_then(Result::ok).and_then(|t| t.cast(variable.dtype()).ok());
        let Some(value) = value else {
            return Symbol::poisoned(Error::dtype(format!("{slot}: no slot beside {}", variable.spec())));
        };
        self.beside(variable, slot, slot, value)
    }

    /// A variable beside `variable`, known as `slot` and named `named`.
    #[track_caller]
    fn beside(&mut self, variable: &Symbol, slot: &str, named: &str, value: Tensor) -> Symbol {
        let Role::Variable(info) = variable.node().operation().role() else {
            return Symbol::poisoned(Error::value(format!("{} is no variable", variable.label())));
        };
        let key = (variable.node().id(), slot.to_string());
        if let Some(slot) = self.slots.get(&key) {
            return slot.clone();
        }
        let name = self.unused((self.naming)(Some(&info.name), named));
        let symbol = Variable::new(name, value).trainable(false).symbol();
        self.slots.insert(key, symbol.clone());
        symbol
    }

    /// A variable of the optimizer's own: one number, which starts as `initial`.
    #[track_caller]
    pub fn scalar(&mut self, name: &str, initial: f32) -> Symbol {
        let key = (0, name.to_string());
        if let Some(scalar) = self.slots.get(&key) {
            return scalar.clone();
        }
        let unused = self.unused((self.naming)(None, name));
        let symbol = Variable::new(unused, initial).trainable(false).symbol();
        self.slots.insert(key, symbol.clone());
        symbol
    }

    /// The means over rows and columns that Adafactor keeps beside a matrix. Keras has a whole number for each of them
    /// beside what is no matrix, and so has this.
    pub(super) fn make_factors(&mut self, variable: &Symbol) {
        let Some(shape) = variable.dims().known() else { return };
        let rank = shape.len();
        for (name, left) in [("rows", 1), ("columns", 2)] {
            let mut dims = shape.to_vec();
            let value = if rank < 2 {
                Ok(Tensor::scalar(0i32))
            } else {
                dims.remove(rank - left);
                Tensor::zeros(variable.dtype(), dims)
            };
            if let Ok(value) = value {
                self.beside(variable, name, name, value);
            }
        }
    }

    /// The means over rows and columns, where the variable is a matrix.
    pub(super) fn factors(&mut self, variable: &Symbol) -> Option<(Symbol, Symbol)> {
        self.make_factors(variable);
        let of = |name: &str| self.slots.get(&(variable.node().id(), name.to_string())).cloned();
        of("rows").zip(of("columns")).filter(|_| variable.rank() >= 2)
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

    /// Whether the learning rate is a schedule.
    pub fn is_scheduled(&self) -> bool {
        self.scheduled
    }

    /// A number in the dtype of `variable`.
    #[track_caller]
    pub fn number(&self, x: f64, variable: &Symbol) -> Symbol {
        match Tensor::scalar(x).cast(variable.dtype()) {
            Ok(tensor) => constant(tensor),
            Err(error) => Symbol::poisoned(error),
        }
    }

    /// How many steps there have been before this one.
    #[track_caller]
    pub(super) fn steps(&self) -> Symbol {
        match self.every {
            1 => self.iterations.clone(),
            n => self.iterations.floor_div(constant(n as i64)),
        }
    }

    /// The number of this step, from 1, in the dtype of `variable`.
    #[track_caller]
    pub fn time(&self, variable: &Symbol) -> Symbol {
        (self.steps() + 1).cast(variable.dtype())
    }

    /// `beta` to the power of the step's number.
    #[track_caller]
    pub fn power(&self, beta: f64, variable: &Symbol) -> Symbol {
        self.number(beta, variable).pow(self.time(variable))
    }

    /// The variable's value, after its decay if it has one: what a rule made of operations starts from.
    #[track_caller]
    pub fn decayed(&self, variable: &Symbol) -> Symbol {
        match &self.decay {
            Some(decay) => variable - variable * decay,
            None => variable.clone(),
        }
    }

    /// One step of `rule`, in runs in which a step is taken.
    #[track_caller]
    pub fn update(
        &self,
        rule: UpdateRule,
        variable: &Symbol,
        slots: &[Symbol],
        gradient: &Symbol,
        hyper: &[Symbol],
    ) -> Effect {
        let more = StepOptions { decay: self.decay.as_ref(), gate: self.gate.as_ref() };
        optimizer_step_with(rule, variable, slots, gradient, hyper, more)
    }

    /// Gives a variable or slot a value, in runs in which a step is taken.
    #[track_caller]
    pub fn assign(&self, target: &Symbol, value: &Symbol) -> Symbol {
        match &self.gate {
            Some(gate) => assign(target, &select(gate, value, target)),
            None => assign(target, value),
        }
    }

    /// The increase of the count of steps, or the count itself where the caller increases it.
    pub(super) fn count(&self) -> Symbol {
        match (self.counts, &self.active) {
            (true, None) => self.iterations.assign_add(&constant(Tensor::scalar(1i64))),
            (true, Some(active)) => self.iterations.assign_add(&active.cast(DType::I64)),
            (false, _) => self.iterations.clone(),
        }
    }

    /// How many steps there have been; batches, where several make a step.
    pub fn iterations(&self) -> &Symbol {
        &self.iterations
    }

    /// The learning rate: a variable, or what a schedule makes of the steps.
    pub fn learning_rate(&self) -> &Symbol {
        &self.learning_rate
    }

    /// The average of a variable, where the optimizer keeps averages.
    pub fn average(&self, variable: &Symbol) -> Option<&Symbol> {
        self.slots.get(&(variable.node().id(), "average".to_string()))
    }

    /// The optimizer's variables in Keras's order: iterations, learning rate, then the slots of each variable.
    pub fn variables(&self) -> Vec<Symbol> {
        let rate = Some(&self.learning_rate).filter(|_| !self.scheduled);
        let own = std::iter::once(&self.iterations).chain(rate).chain(self.slots.values());
        self.before.iter().chain(own).cloned().collect()
    }
}
