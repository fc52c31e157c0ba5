//! `Adadelta`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Steps as large as earlier steps in proportion to earlier gradients (Zeiler, 2012): `a = ρ·a + (1 − ρ)·g²`,
    /// `d = √(x + ε)/√(a + ε)·g`, `x = ρ·x + (1 − ρ)·d²`, `w −= lr·d`. Keras's `Adadelta`, whose learning rate is 0.001 by
    /// default where the paper's is 1.
    pub struct Adadelta("Adadelta", "adadelta", 0.001, None) {
        /// How much of the averages stays; 0.95 by default.
        rho: f64 = 0.95,
        /// What is added under the roots; 1e-7 by default.
        epsilon: f64 = 1e-7,
    }
}

impl Adadelta {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adadelta {
        Adadelta { learning_rate: learning_rate.into(), ..Adadelta::default() }
    }
}

impl Optimizer for Adadelta {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        vec![vec![("accumulated_grad", 0.0), ("accumulated_delta_var", 0.0)]]
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let slots = ["accumulated_grad", "accumulated_delta_var"].map(|s| plan.slot(variable, s, 0.0));
        let hyper =
            [plan.rate(variable), plan.number(self.rho, variable), plan.number(self.epsilon, variable)];
        plan.update(UpdateRule::Adadelta, variable, &slots, gradient, &hyper)
    }
}
