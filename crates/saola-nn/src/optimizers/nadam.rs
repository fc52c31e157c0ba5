//! `Nadam`.

use saola_graph::{DType, Effect, Symbol, UpdateRule};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Adam with Nesterov's look-ahead (Dozat, 2016): the moments are weighed by β₁·(1 − ½·0.96ᵗ) of this and the next step.
    /// Keras's `Nadam`.
    pub struct Nadam("Nadam", "nadam", 0.001, None) {
        /// How much of the first moment stays; 0.9 by default.
        beta_1: f64 = 0.9,
        /// How much of the second moment stays; 0.999 by default.
        beta_2: f64 = 0.999,
        /// What is added to the root; 1e-7 by default.
        epsilon: f64 = 1e-7,
    }
}

impl Nadam {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Nadam {
        Nadam { learning_rate: learning_rate.into(), ..Nadam::default() }
    }
}

impl Optimizer for Nadam {
    super::methods!();
    fn prepare(&self, plan: &mut Plan, variables: &[Symbol]) {
        for variable in variables {
            plan.slot(variable, "momentum", 0.0);
            plan.slot(variable, "velocity", 0.0);
        }
        plan.scalar("variable", 1.0);
    }
    fn finish(&self, plan: &mut Plan) -> Vec<Symbol> {
        let product = plan.scalar("variable", 1.0);
        let decayed = saola_graph::constant(0.96f32).pow(plan.time(&product));
        let value = &product * self.beta_1 * (1.0 - decayed * 0.5);
        vec![plan.assign(&product, &value)]
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let slots = [plan.slot(variable, "momentum", 0.0), plan.slot(variable, "velocity", 0.0)];
        let dtype = variable.dtype();
        let weight = |time: Symbol| {
            let decayed = plan.number(0.96, variable).pow(&time);
            (1.0 - decayed * 0.5) * self.beta_1
        };
        let (now, next) = (weight(plan.time(variable)), weight(plan.time(variable) + 1.0));
        let product = (plan.scalar("variable", 1.0) * now.cast(DType::F32)).cast(dtype);
        let ahead = &next / (1.0 - &product * &next);
        let fresh = (1.0 - now) / (1.0 - product);
        let correction = (1.0 - plan.power(self.beta_2, variable)).reciprocal();
        let number = |x: f64| plan.number(x, variable);
        let hyper = [
            plan.rate(variable),
            number(self.beta_1),
            number(self.beta_2),
            number(self.epsilon),
            ahead,
            fresh,
            correction,
        ];
        plan.update(UpdateRule::Nadam, variable, &slots, gradient, &hyper)
    }
}
