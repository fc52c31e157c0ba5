//! `Ftrl`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Online learning with penalties that make weights exactly zero (McMahan et al., 2013). Keras's `Ftrl`: by default
    /// the learning rate is 0.001, its power −½, the accumulator begins at 0.1, and there are no penalties. Rows that a
    /// lookup did not touch stay as they are.
    pub struct Ftrl("Ftrl", "ftrl", 0.001, None) {
        /// The power of the accumulator in the rate of each weight; not above 0, −½ by default.
        learning_rate_power: f64 = -0.5,
        /// What the accumulator begins with; 0.1 by default.
        initial_accumulator_value: f64 = 0.1,
        /// The strength of the absolute penalty.
        l1_regularization_strength: f64 = 0.0,
        /// The strength of the squared penalty.
        l2_regularization_strength: f64 = 0.0,
        /// The strength of the squared penalty that acts on the gradient only.
        l2_shrinkage_regularization_strength: f64 = 0.0,
        /// β of the rate of each weight.
        beta: f64 = 0.0,
    }
}

impl Ftrl {
    /// With this learning rate and no penalties.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Ftrl {
        Ftrl { learning_rate: learning_rate.into(), ..Ftrl::default() }
    }
}

impl Optimizer for Ftrl {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        vec![vec![("accumulator", self.initial_accumulator_value), ("linear", 0.0)]]
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let slots = [
            plan.slot(variable, "accumulator", self.initial_accumulator_value),
            plan.slot(variable, "linear", 0.0),
        ];
        let number = |x: f64| plan.number(x, variable);
        let hyper = [
            plan.rate(variable),
            number(self.learning_rate_power),
            number(self.l1_regularization_strength),
            number(self.l2_regularization_strength),
            number(self.l2_shrinkage_regularization_strength),
            number(self.beta),
        ];
        plan.update(UpdateRule::Ftrl, variable, &slots, gradient, &hyper)
    }
}
