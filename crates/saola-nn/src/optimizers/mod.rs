//! The optimizers, one file each: names, defaults and formulas are Keras's.
//!
//! Each step on a variable is one fused kernel, inside the plan that computes the gradients. The learning rate and
//! the count of steps are variables, so that a callback can change the one and a checkpoint holds both.

mod adagrad;
mod adam;
mod ftrl;
mod plan;
mod reference;
mod sgd;

pub use adagrad::Adagrad;
pub use adam::Adam;
pub use ftrl::Ftrl;
pub use plan::{Naming, Plan};
pub use reference::OptimizerRef;
pub use sgd::Sgd;

use saola_graph::{Effect, Symbol, gradients, group, trainable_variables};
use saola_tensor::Error;

/// A rule that changes variables so that a loss falls.
pub trait Optimizer: Send + Sync + std::fmt::Debug {
    /// The class name in Keras: `SGD`.
    fn name(&self) -> &'static str;

    /// The learning rate that it starts with.
    fn learning_rate(&self) -> f64;

    /// What is wrong with the optimizer itself, before it meets any variable.
    fn fault(&self) -> Option<Error> {
        let rate = self.learning_rate();
        let wrong = !(rate.is_finite() && rate >= 0.0);
        wrong.then(|| {
            Error::value(format!("{}: the learning rate is {rate}", self.name()))
                .help("give a number that is not negative")
        })
    }

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
        let (iterations, learning_rate) = (plan.iterations().clone(), plan.learning_rate().clone());
        Step { effect, iterations, learning_rate, variables: plan.variables() }
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
        if let Some(error) = self.fault() {
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
