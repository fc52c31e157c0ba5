//! The optimizers, one file each: names, defaults and formulas are Keras's.
//!
//! Each step on a variable is one fused kernel, inside the plan that computes the gradients. What all optimizers can do
//! beside their rules (clipping, decay, averages, accumulation, loss scale) is one mechanism around them. The learning
//! rate and the count of steps are variables, so that a callback can change the one and a checkpoint holds both.

mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod adamw;
mod declare;
mod ftrl;
mod lamb;
mod learning_rate;
mod lion;
mod loss_scale;
mod mechanism;
mod muon;
mod nadam;
mod plan;
mod registry;
mod rmsprop;
pub mod schedules;
mod sgd;
mod shared;

pub use adadelta::Adadelta;
pub use adafactor::Adafactor;
pub use adagrad::Adagrad;
pub use adam::Adam;
pub use adamax::Adamax;
pub use adamw::AdamW;
use declare::{methods, optimizer};
pub use ftrl::Ftrl;
pub use lamb::Lamb;
pub use learning_rate::LearningRate;
pub use lion::Lion;
pub use loss_scale::LossScaleOptimizer;
pub use muon::Muon;
pub use nadam::Nadam;
pub use plan::{Naming, Plan};
pub use registry::{OptimizerRef, classes, from_config};
pub use rmsprop::RmsProp;
pub use sgd::Sgd;
pub use shared::Shared;

use std::panic::Location;

use saola_graph::{Effect, Symbol, trainable_variables, with_line};
use saola_tensor::{Error, Result};
use serde_json::Value;

/// A rule that changes variables so that a loss falls.
pub trait Optimizer: Send + Sync + std::fmt::Debug {
    /// The class name in Keras: `SGD`.
    fn name(&self) -> &'static str;

    /// What the names of its variables begin with.
    fn variable_prefix(&self) -> &str {
        self.name()
    }

    /// The learning rate that it starts with.
    fn learning_rate(&self) -> LearningRate;

    /// What it does beside its rule.
    fn shared(&self) -> Shared {
        Shared::default()
    }

    /// What a Keras file says of the optimizer: a [`Settings`](crate::Settings) for one of your own.
    ///
    /// # Errors
    /// An optimizer, or a learning rate, that Keras has no name for.
    fn config(&self) -> Result<Value> {
        Err(Error::state(format!("the optimizer `{}` cannot be written to a Keras file", self.name()))
            .help("Keras's own optimizers can"))
    }

    /// What is wrong with the optimizer itself, before it meets any variable.
    fn fault(&self) -> Option<Error> {
        let rate = self.learning_rate().fault().map(|e| e.context(self.name()));
        rate.or_else(|| self.shared().fault(self.name()))
    }

    /// The optimizer inside of this one.
    fn inner(&self) -> Option<&dyn Optimizer> {
        None
    }

    /// The slots beside each variable, with what they start as: groups, each of which goes through all variables.
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        Vec::new()
    }

    /// Makes the slots in Keras's order.
    fn prepare(&self, plan: &mut Plan, variables: &[Symbol]) {
        for group in self.slots() {
            for variable in variables {
                group.iter().for_each(|(slot, initial)| drop(plan.slot(variable, slot, *initial)));
            }
        }
    }

    /// The fraction of itself, times the learning rate, that the variable loses in a step.
    fn decay_of(&self, _variable: &Symbol) -> Option<f64> {
        self.shared().weight_decay
    }

    /// Whether the variable is not exempt from decay.
    fn decays(&self, _variable: &Symbol) -> bool {
        true
    }

    /// One step on `variable` by `gradient`. Slots come from [`Plan::slot`], numbers from [`Plan::number`]; changes are
    /// made by [`Plan::update`] and [`Plan::assign`], which know in which runs a step is taken.
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect;

    /// What changes once in a step, after all variables.
    fn finish(&self, _plan: &mut Plan) -> Vec<Symbol> {
        Vec::new()
    }

    /// The effect of one step on all variables that `loss` depends on and that optimizers may change.
    #[track_caller]
    fn minimize(&self, loss: &Symbol) -> Effect {
        self.minimize_over(loss, &trainable_variables([loss])).effect
    }

    /// One step on `variables`, with the optimizer's own variables named as Keras names them.
    #[track_caller]
    fn minimize_over(&self, loss: &Symbol, variables: &[Symbol]) -> Step {
        let mut plan = Plan::new(self.variable_prefix(), &self.learning_rate());
        let effect = with_line(Location::caller(), || self.plan(loss, variables, &mut plan));
        let (iterations, learning_rate) = (plan.iterations().clone(), plan.learning_rate().clone());
        Step { effect, iterations, learning_rate, variables: plan.variables() }
    }

    /// Makes the optimizer's variables beside `variables`, which a step makes otherwise: to give them values first.
    fn build(&self, variables: &[Symbol], plan: &mut Plan) {
        mechanism::build(self, variables, plan);
    }

    /// One step on `variables` by way of `plan`, which makes and names the optimizer's variables. A plan that was
    /// used before gives the same variables again.
    #[track_caller]
    fn plan(&self, loss: &Symbol, variables: &[Symbol], plan: &mut Plan) -> Effect {
        mechanism::minimize(self, loss, variables, plan)
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
