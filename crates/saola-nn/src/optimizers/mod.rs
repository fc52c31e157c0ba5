//! The optimizers, one file each: names, defaults and formulas are Keras's.
//!
//! Each step on a variable is one fused kernel, inside the plan that computes the gradients. The learning rate and
//! the count of steps are variables, so that a callback can change the one and a checkpoint holds both.

mod adagrad;
mod adam;
mod ftrl;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use ftrl::Ftrl;
pub use sgd::Sgd;

use std::sync::Arc;

use indexmap::IndexMap;
use saola_graph::{Effect, Symbol, Variable, constant, gradients, group, trainable_variables};
use saola_tensor::{Error, Tensor};

use crate::initializers::unknown;

/// A rule that changes variables so that a loss falls.
pub trait Optimizer: Send + Sync + std::fmt::Debug {
    /// The class name in Keras: `SGD`.
    fn name(&self) -> &'static str;

    /// The learning rate that it starts with.
    fn learning_rate(&self) -> f64;

    /// One step on `variable` by `gradient`. Slots come from [`Plan::slot`], numbers from [`Plan::number`].
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect;

    /// The effect of one step on all variables that `loss` depends on and that optimizers may change.
    #[track_caller]
    fn minimize(&self, loss: &Symbol) -> Effect {
        self.minimize_over(loss, &trainable_variables([loss])).effect
    }

    /// One step on `variables`, with the optimizer's own variables named as Keras names them.
    #[track_caller]
    fn minimize_over(&self, loss: &Symbol, variables: &[Symbol]) -> Step {
        let mut plan = Plan::new(self.name(), self.learning_rate());
        let effect = self.plan(loss, variables, &mut plan);
        let variables = plan.variables();
        Step { effect, iterations: plan.iterations, learning_rate: plan.learning_rate, variables }
    }

    /// One step on `variables` by way of `plan`, which makes and names the optimizer's variables. A plan that was
    /// used before gives the same variables again.
    #[track_caller]
    fn plan(&self, loss: &Symbol, variables: &[Symbol], plan: &mut Plan) -> Effect {
        if variables.is_empty() {
            let error =
                Error::value(format!("{}: the loss depends on no variable that can be trained", self.name()))
                    .note_at("loss", loss.spec().to_string(), "created at", loss.node().location())
                    .help("add layers with weights, or make their weights trainable");
            return Effect::new(Symbol::poisoned(loss.error().cloned().unwrap_or(error)));
        }
        let rate = self.learning_rate();
        if !(rate.is_finite() && rate >= 0.0) {
            let error = Error::value(format!("{}: the learning rate is {rate}", self.name()))
                .help("give a number that is not negative");
            return Effect::new(Symbol::poisoned(error));
        }
        let found = gradients([loss], variables);
        let mut steps: Vec<Symbol> = Vec::new();
        for (variable, gradient) in variables.iter().zip(&found) {
            steps.push(Symbol::from(&self.step(plan, variable, gradient)));
        }
        steps.push(plan.count());
        group(steps)
    }
}

/// An optimizer as a part of a graph.
#[derive(Clone, Debug)]
pub struct Step {
    /// One step on all variables.
    pub effect: Effect,
    /// How many steps there have been.
    pub iterations: Symbol,
    /// The learning rate.
    pub learning_rate: Symbol,
    /// The optimizer's variables in Keras's order: iterations, learning rate, then the slots of each variable.
    pub variables: Vec<Symbol>,
}

/// How an optimizer's variables are called: from a trained variable's name, if there is one, and the slot's.
pub type Naming = Arc<dyn Fn(Option<&str>, &str) -> String + Send + Sync>;

/// An optimizer's step while it is being built: it makes the slots and counts the steps.
pub struct Plan {
    naming: Naming,
    iterations: Symbol,
    counts: bool,
    learning_rate: Symbol,
    slots: IndexMap<String, Symbol>,
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
        Plan { iterations, counts, learning_rate: rate.symbol(), slots: IndexMap::new(), naming }
    }

    /// A variable beside `variable`, of its shape, that starts as `initial` everywhere.
    #[track_caller]
    pub fn slot(&mut self, variable: &Symbol, slot: &str, initial: f64) -> Symbol {
        let name = match variable.node().operation().role() {
            saola_graph::Role::Variable(info) => (self.naming)(Some(&info.name), slot),
            _ => return Symbol::poisoned(Error::value(format!("{} is no variable", variable.label()))),
        };
        if let Some(slot) = self.slots.get(&name) {
            return slot.clone();
        }
        let value = variable.dims().known().map(|shape| Tensor::full(initial, shape));
        let value = value.and_then(Result::ok).and_then(|t| t.cast(variable.dtype()).ok());
        let Some(value) = value else {
            return Symbol::poisoned(Error::dtype(format!("{name}: no slot beside {}", variable.spec())));
        };
        let symbol = Variable::new(name.clone(), value).trainable(false).symbol();
        self.slots.insert(name, symbol.clone());
        symbol
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

    fn count(&self) -> Symbol {
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

/// An optimizer to be used: a typed one, or a Keras name.
#[derive(Clone, Debug)]
pub struct OptimizerRef(Arc<dyn Optimizer>);

impl OptimizerRef {
    /// The optimizer.
    pub fn optimizer(&self) -> &dyn Optimizer {
        &*self.0
    }
}

impl<O: Optimizer + 'static> From<O> for OptimizerRef {
    fn from(optimizer: O) -> OptimizerRef {
        OptimizerRef(Arc::new(optimizer))
    }
}

/// The optimizer of a Keras name; an unknown one gives an error where it is used.
impl From<&str> for OptimizerRef {
    fn from(name: &str) -> OptimizerRef {
        match name.to_lowercase().as_str() {
            "sgd" => Sgd::default().into(),
            "adam" => Adam::default().into(),
            "adagrad" => Adagrad::default().into(),
            "ftrl" => Ftrl::default().into(),
            _ => OptimizerRef(Arc::new(Unknown(unknown(
                "optimizer",
                name,
                &["sgd", "adam", "adagrad", "ftrl"],
            )))),
        }
    }
}

#[derive(Debug)]
struct Unknown(Error);

impl Optimizer for Unknown {
    fn name(&self) -> &'static str {
        "unknown"
    }
    fn learning_rate(&self) -> f64 {
        0.0
    }
    fn step(&self, _plan: &mut Plan, _variable: &Symbol, _gradient: &Symbol) -> Effect {
        Effect::new(Symbol::poisoned(self.0.clone()))
    }
}
