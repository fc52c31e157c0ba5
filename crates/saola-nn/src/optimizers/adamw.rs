//! `AdamW`.

use saola_graph::{Effect, Symbol};

use super::adam::{adam_slots, adam_step};
use super::{LearningRate, Optimizer, Plan, optimizer};

optimizer! {
    /// [`Adam`](super::Adam) with weights that decay on their own (Loshchilov and Hutter, 2019). Keras's `AdamW`: by default the
    /// learning rate is 0.001 and the decay 0.004.
    pub struct AdamW("AdamW", "adamw", 0.001, Some(0.004)) {
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

impl AdamW {
    /// With this learning rate.
    pub fn new(learning_rate: impl Into<LearningRate>) -> AdamW {
        AdamW { learning_rate: learning_rate.into(), ..AdamW::default() }
    }
}

impl Optimizer for AdamW {
    super::methods!();
    fn slots(&self) -> Vec<Vec<(&'static str, f64)>> {
        adam_slots(self.amsgrad)
    }
    fn step(&self, plan: &mut Plan, variable: &Symbol, gradient: &Symbol) -> Effect {
        adam_step(plan, variable, gradient, (self.beta_1, self.beta_2, self.epsilon), self.amsgrad)
    }
}
