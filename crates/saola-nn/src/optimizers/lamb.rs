//! `Lamb`.

use saola_graph::{Effect, Symbol, group, select};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Adam's step, as long in proportion as the variable itself (You et al., 2020): for large batches. Keras's `Lamb`.
    pub struct Lamb("Lamb", "lamb", 0.001, None) {
        /// How much of the first moment stays; 0.9 by default.
        beta_1: f64 = 0.9,
        /// How much of the second moment stays; 0.999 by default.
        beta_2: f64 = 0.999,
        /// What is added to the root; 1e-7 by default.
        epsilon: f64 = 1e-7,
    }
}

impl Lamb {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Lamb {
        Lamb { learning_rate: learning_rate.into(), ..Lamb::default() }
    }
}

impl Optimizer for Lamb {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        vec![vec![("momentum", 0.0), ("velocity", 0.0)]]
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let (m, v) = (plan.slot(variable, "momentum", 0.0), plan.slot(variable, "velocity", 0.0));
        let new_m = &m + (gradient - &m) * (1.0 - self.beta_1);
        let new_v = &v + (gradient.square() - &v) * (1.0 - self.beta_2);
        let m_hat = &new_m / (1.0 - plan.power(self.beta_1, variable));
        let v_hat = &new_v / (1.0 - plan.power(self.beta_2, variable));
        let update = m_hat / (v_hat.sqrt() + self.epsilon);
        let w = plan.decayed(variable);
        let (length, step) = (w.square().sum().sqrt(), update.square().sum().sqrt());
        let both = length.greater(0.0).logical_and(step.greater(0.0));
        let ratio = select(&both, &length / select(&both, &step, 1.0), 1.0);
        let value = &w - update * (ratio * plan.rate(variable));
        group([plan.assign(&m, &new_m), plan.assign(&v, &new_v), plan.assign(variable, &value)])
    }
}
