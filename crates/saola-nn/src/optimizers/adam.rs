//! `Adam`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

/// The slots: those of AMSGrad stand behind all others.
pub(super) fn adam_slots(amsgrad: bool) -> Vec<Vec<(&'static str, f64)>> {
    let mut slots = vec![vec![("momentum", 0.0), ("velocity", 0.0)]];
    if amsgrad {
        slots.push(vec![("velocity_hat", 0.0)]);
    }
    slots
}

/// The step with β₁, β₂ and ε.
pub(super) fn adam_step(
    plan: &mut Plan,
    variable: &Symbol,
    gradient: &Symbol,
    (beta_1, beta_2, epsilon): (f64, f64, f64),
    amsgrad: bool,
) -> Effect {
    let mut slots = vec![plan.slot(variable, "momentum", 0.0), plan.slot(variable, "velocity", 0.0)];
    if amsgrad {
        slots.push(plan.slot(variable, "velocity_hat", 0.0));
    }
    let correction = (1.0 - plan.power(beta_2, variable)).sqrt() / (1.0 - plan.power(beta_1, variable));
    let number = |x: f64| plan.number(x, variable);
    let hyper = [plan.rate(variable) * correction, number(beta_1), number(beta_2), number(epsilon)];
    plan.update(UpdateRule::Adam, variable, &slots, gradient, &hyper)
}

optimizer! {
    /// `m += (g − m)(1 − β₁)`, `v += (g² − v)(1 − β₂)`, `w −= lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε)` (Kingma and Ba, 2015);
    /// with AMSGrad the largest v so far takes v's place (Reddi et al., 2018). Keras's `Adam`: by default the learning
    /// rate is 0.001, and ε is outside of the bias correction.
    pub struct Adam("Adam", "adam", 0.001, None) {
        /// How much of the first moment stays; 0.9 by default.
        beta_1: f64 = 0.9,
        /// How much of the second moment stays; 0.999 by default.
        beta_2: f64 = 0.999,
        /// What is added to the root; 1e-7 by default.
        epsilon: f64 = 1e-7,
        /// Whether the largest second moment so far counts; not by default.
        amsgrad: bool = false,
    }
}

impl Adam {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adam {
        Adam { learning_rate: learning_rate.into(), ..Adam::default() }
    }
}

impl Optimizer for Adam {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        adam_slots(self.amsgrad)
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        adam_step(plan, variable, gradient, (self.beta_1, self.beta_2, self.epsilon), self.amsgrad)
    }
}
