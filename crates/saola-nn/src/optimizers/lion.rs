//! `Lion`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Steps of one size, in the direction of a mean of gradients (Chen et al., 2023): `w −= lr·sign(β₁·m + (1 − β₁)·g)`,
    /// `m = β₂·m + (1 − β₂)·g`. Keras's `Lion`.
    pub struct Lion("Lion", "lion", 0.001, None) {
        /// How much of the mean counts in the direction; 0.9 by default.
        beta_1: f64 = 0.9,
        /// How much of the mean stays; 0.99 by default.
        beta_2: f64 = 0.99,
    }
}

impl Lion {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Lion {
        Lion { learning_rate: learning_rate.into(), ..Lion::default() }
    }
}

impl Optimizer for Lion {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        vec![vec![("momentum", 0.0)]]
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let slot = plan.slot(variable, "momentum", 0.0);
        let hyper =
            [plan.rate(variable), plan.number(self.beta_1, variable), plan.number(self.beta_2, variable)];
        plan.update(UpdateRule::Lion, variable, &[slot], gradient, &hyper)
    }
}
