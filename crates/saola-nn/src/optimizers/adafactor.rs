//! `Adafactor`.

use saola_graph::{Axes, Effect, Symbol, group};

use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// Adaptive steps with little memory (Shazeer and Stern, 2018): of matrices only the means of squared gradients over rows
    /// and over columns are taken. Keras's `Adafactor`, which keeps their product as well.
    pub struct Adafactor("Adafactor", "adafactor", 0.001, None) {
        /// The power of the step in the decay of the means; −0.8 by default.
        beta_2_decay: f64 = -0.8,
        /// What is added to squared gradients; 1e-30 by default.
        epsilon_1: f64 = 1e-30,
        /// What a variable's size counts as at least; 0.001 by default.
        epsilon_2: f64 = 0.001,
        /// How large a step may be beside its usual size; 1 by default.
        clip_threshold: f64 = 1.0,
        /// Whether the rate falls with the root of the step; it does by default.
        relative_step: bool = true,
    }
}

impl Adafactor {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> Adafactor {
        Adafactor { learning_rate: learning_rate.into(), ..Adafactor::default() }
    }
}

impl Optimizer for Adafactor {
    super::methods!();
    fn prepare(&self, plan: &mut Plan, variables: &[Symbol]) {
        for variable in variables {
            plan.make_factors(variable);
            plan.slot(variable, "velocity", 0.0);
        }
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        let size = |x: &Symbol| x.square().mean().sqrt();
        let slow = plan.time(variable).rsqrt();
        let mut rate = plan.rate(variable);
        if self.relative_step && !plan.is_scheduled() {
            rate = rate.minimum(&slow);
        }
        let w = plan.decayed(variable);
        let alpha = size(&w).maximum(self.epsilon_2) * rate.minimum(&slow);
        let squares = gradient.square() + self.epsilon_1;
        let kept = 1.0 - plan.time(variable).pow(self.beta_2_decay);
        let moved = |old: &Symbol, new: &Symbol| &kept * old + (1.0 - &kept) * new;
        let v = plan.slot(variable, "velocity", 0.0);
        let mut parts = Vec::new();
        let value = match plan.factors(variable) {
            Some((rows, columns)) => {
                let r = moved(&rows, &squares.mean_over(-1));
                let c = moved(&columns, &squares.mean_over(-2));
                parts.extend([plan.assign(&rows, &r), plan.assign(&columns, &c)]);
                (&r / r.mean_over(Axes::from(-1).keep())).expand_dims(-1) * c.expand_dims(-2)
            }
            None => moved(&v, &squares),
        };
        let step = gradient / value.sqrt();
        let step = &step / (size(&step) / self.clip_threshold).maximum(1.0);
        parts.push(plan.assign(&v, &value));
        parts.push(plan.assign(variable, &(&w - alpha * step)));
        group(parts)
    }
}
