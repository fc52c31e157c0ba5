//! `Adam`: steps scaled by running moments of the gradient.

use saola_graph::{Effect, Symbol, UpdateRule, optimizer_step};

use super::{Optimizer, Plan};

/// `m += (g − m)(1 − β₁)`, `v += (g² − v)(1 − β₂)`, `w −= lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m/(√v + ε)` (Kingma and Ba, 2015);
/// with AMSGrad the largest v so far takes v's place (Reddi et al., 2018). Keras's `Adam`: by default the learning
/// rate is 0.001, β₁ 0.9, β₂ 0.999, and ε 1e-7, outside of the bias correction.
#[derive(Clone, Debug)]
pub struct Adam {
    learning_rate: f64,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
    amsgrad: bool,
}

impl Default for Adam {
    fn default() -> Adam {
        Adam::new(0.001)
    }
}

impl Adam {
    /// With this learning rate.
    pub fn new(learning_rate: f64) -> Adam {
        Adam { learning_rate, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, amsgrad: false }
    }

    /// How much of the first moment stays.
    #[must_use]
    pub fn beta_1(mut self, beta_1: f64) -> Adam {
        self.beta_1 = beta_1;
        self
    }

    /// How much of the second moment stays.
    #[must_use]
    pub fn beta_2(mut self, beta_2: f64) -> Adam {
        self.beta_2 = beta_2;
        self
    }

    /// What is added to the root.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Adam {
        self.epsilon = epsilon;
        self
    }

    /// Whether the largest second moment so far counts.
    #[must_use]
    pub fn amsgrad(mut self, amsgrad: bool) -> Adam {
        self.amsgrad = amsgrad;
        self
    }
}

impl Optimizer for Adam {
    fn name(&self) -> &'static str {
        "Adam"
    }
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let mut slots = vec![plan.slot(variable, "momentum", 0.0), plan.slot(variable, "velocity", 0.0)];
        if self.amsgrad {
            slots.push(plan.slot(variable, "velocity_hat", 0.0));
        }
        let time = plan.time(variable);
        let power = |beta: f64| plan.number(beta, variable).pow(&time);
        let correction = (1.0 - power(self.beta_2)).sqrt() / (1.0 - power(self.beta_1));
        let alpha = plan.rate(variable) * correction;
        let hyper = [
            alpha,
            plan.number(self.beta_1, variable),
            plan.number(self.beta_2, variable),
            plan.number(self.epsilon, variable),
        ];
        optimizer_step(UpdateRule::Adam, variable, &slots, gradient, &hyper)
    }
}
