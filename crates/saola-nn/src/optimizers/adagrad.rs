//! `Adagrad`.

use saola_graph::{Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// `a += g²`, `w −= lr·g/√(a + ε)` (Duchi et al., 2011). Keras's `Adagrad`: by default the learning rate is 0.001, a
    /// begins at 0.1, and ε is 1e-7. Rows that a lookup did not touch stay as they are.
    pub struct Adagrad("Adagrad", "adagrad", 0.001, None) {
        /// What the accumulator begins with; 0.1 by default.
        initial_accumulator_value: f64 = 0.1,
        /// What is added under the root; 1e-7 by default.
        epsilon: f64 = 1e-7,
    } unwritten {
        epsilon_outside: bool = false,
    }
}

impl Adagrad {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adagrad {
        Adagrad { learning_rate: learning_rate.into(), ..Adagrad::default() }
    }

    /// Adds ε to the root instead of under it, as TensorFlow's own kernel (and so `tf.estimator`) does.
    #[must_use]
    pub fn epsilon_outside(mut self, outside: bool) -> Adagrad {
        self.epsilon_outside = outside;
        self
    }
}

impl Optimizer for Adagrad {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        vec![vec![("accumulator", self.initial_accumulator_value)]]
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let slot = plan.slot(variable, "accumulator", self.initial_accumulator_value);
        let rule = UpdateRule::Adagrad { epsilon_outside: self.epsilon_outside };
        let hyper = [plan.rate(variable), plan.number(self.epsilon, variable)];
        plan.update(rule, variable, &[slot], gradient, &hyper)
    }
}
