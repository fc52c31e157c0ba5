//! `Ftrl`: follow the regularized leader.

use saola_graph::{Effect, Symbol, UpdateRule, optimizer_step};

use super::{Optimizer, Plan};

/// Online learning with penalties that make weights exactly zero (McMahan et al., 2013). Keras's `Ftrl`: by default
/// the learning rate is 0.001, its power −½, the accumulator begins at 0.1, and there are no penalties. Rows that a
/// lookup did not touch stay as they are.
#[derive(Clone, Debug)]
pub struct Ftrl {
    learning_rate: f64,
    learning_rate_power: f64,
    initial_accumulator_value: f64,
    l1: f64,
    l2: f64,
    l2_shrinkage: f64,
    beta: f64,
}

impl Default for Ftrl {
    fn default() -> Ftrl {
        Ftrl::new(0.001)
    }
}

impl Ftrl {
    /// With this learning rate and no penalties.
    pub fn new(learning_rate: f64) -> Ftrl {
        Ftrl {
            learning_rate,
            learning_rate_power: -0.5,
            initial_accumulator_value: 0.1,
            l1: 0.0,
            l2: 0.0,
            l2_shrinkage: 0.0,
            beta: 0.0,
        }
    }

    /// The power of the accumulator in the rate of each weight; not above 0.
    #[must_use]
    pub fn learning_rate_power(mut self, power: f64) -> Ftrl {
        self.learning_rate_power = power;
        self
    }

    /// What the accumulator begins with.
    #[must_use]
    pub fn initial_accumulator_value(mut self, value: f64) -> Ftrl {
        self.initial_accumulator_value = value;
        self
    }

    /// The strength of the absolute penalty.
    #[must_use]
    pub fn l1_regularization_strength(mut self, strength: f64) -> Ftrl {
        self.l1 = strength;
        self
    }

    /// The strength of the squared penalty.
    #[must_use]
    pub fn l2_regularization_strength(mut self, strength: f64) -> Ftrl {
        self.l2 = strength;
        self
    }

    /// The strength of the squared penalty that acts on the gradient only.
    #[must_use]
    pub fn l2_shrinkage_regularization_strength(mut self, strength: f64) -> Ftrl {
        self.l2_shrinkage = strength;
        self
    }

    /// β of the rate of each weight.
    #[must_use]
    pub fn beta(mut self, beta: f64) -> Ftrl {
        self.beta = beta;
        self
    }
}

impl Optimizer for Ftrl {
    fn name(&self) -> &'static str {
        "Ftrl"
    }
    fn learning_rate(&self) -> f64 {
        self.learning_rate
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
            number(self.l1),
            number(self.l2),
            number(self.l2_shrinkage),
            number(self.beta),
        ];
        optimizer_step(UpdateRule::Ftrl, variable, &slots, gradient, &hyper)
    }
}
