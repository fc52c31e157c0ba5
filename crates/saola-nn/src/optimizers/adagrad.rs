//! `Adagrad`: steps scaled by all gradients so far.

use saola_graph::{Effect, Symbol, UpdateRule, optimizer_step};

use super::{Optimizer, Plan};

/// `a += g²`, `w −= lr·g/√(a + ε)` (Duchi et al., 2011). Keras's `Adagrad`: by default the learning rate is 0.001, a
/// begins at 0.1, and ε is 1e-7. Rows that a lookup did not touch stay as they are.
#[derive(Clone, Debug)]
pub struct Adagrad {
    learning_rate: f64,
    initial_accumulator_value: f64,
    epsilon: f64,
    epsilon_outside: bool,
}

impl Default for Adagrad {
    fn default() -> Adagrad {
        Adagrad::new(0.001)
    }
}

impl Adagrad {
    /// With this learning rate.
    pub fn new(learning_rate: f64) -> Adagrad {
        Adagrad { learning_rate, initial_accumulator_value: 0.1, epsilon: 1e-7, epsilon_outside: false }
    }

    /// What the accumulator begins with.
    #[must_use]
    pub fn initial_accumulator_value(mut self, value: f64) -> Adagrad {
        self.initial_accumulator_value = value;
        self
    }

    /// What is added under the root.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Adagrad {
        self.epsilon = epsilon;
        self
    }

    /// Adds ε to the root instead of under it, as TensorFlow's own kernel (and so `tf.estimator`) does.
    #[must_use]
    pub fn epsilon_outside(mut self, outside: bool) -> Adagrad {
        self.epsilon_outside = outside;
        self
    }
}

impl Optimizer for Adagrad {
    fn name(&self) -> &'static str {
        "Adagrad"
    }
    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let slot = plan.slot(variable, "accumulator", self.initial_accumulator_value);
        let rule = UpdateRule::Adagrad { epsilon_outside: self.epsilon_outside };
        let hyper = [plan.rate(variable), plan.number(self.epsilon, variable)];
        optimizer_step(rule, variable, &[slot], gradient, &hyper)
    }
}
