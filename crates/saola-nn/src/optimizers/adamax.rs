//! `Adamax`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Adam with the largest gradient in place of the second moment: `m += (g − m)(1 − β₁)`, `u = max(β₂·u, |g|)`,
    /// `w −= lr·m / ((1 − β₁ᵗ)·(u + ε))` (Kingma and Ba, 2015). Keras's `Adamax`.
    pub struct Adamax("Adamax", "adamax", 0.001, None) {
        /// How much of the first moment stays; 0.9 by default.
        beta_1: f64 = 0.9,
        /// How much of the second moment stays; 0.999 by default.
        beta_2: f64 = 0.999,
        /// What is added to the norm; 1e-7 by default.
        epsilon: f64 = 1e-7,
    }
}

impl Adamax {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adamax {
        Adamax { learning_rate: learning_rate.into(), ..Adamax::default() }
    }
}

impl Optimizer for Adamax {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        vec![vec![("momentum", 0.0), ("norm", 0.0)]]
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let slots = [plan.slot(variable, "momentum", 0.0), plan.slot(variable, "norm", 0.0)];
        let alpha = plan.rate(variable) / (1.0 - plan.power(self.beta_1, variable));
        let number = |x: f64| plan.number(x, variable);
        let hyper = [alpha, number(self.beta_1), number(self.beta_2), number(self.epsilon)];
        plan.update(UpdateRule::Adamax, variable, &slots, gradient, &hyper)
    }
}
