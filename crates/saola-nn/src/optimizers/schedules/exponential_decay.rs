//! `ExponentialDecay`.

use saola_graph::{Symbol, constant};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{Schedule, positive};
use crate::settings::{Settings, settings};

settings! {
    /// `initial · rate^(step / decay_steps)`. Keras's `ExponentialDecay`.
    pub struct ExponentialDecay {
        /// Whether the rate only changes after whole `decay_steps`; it always does by default.
        staircase: bool = false,
    }
    plain {
        initial_learning_rate: f64 = 0.001,
        decay_steps: f64 = 1.0,
        decay_rate: f64 = 1.0,
        name: String = "ExponentialDecay".to_string(),
    }
}

impl ExponentialDecay {
    pub(crate) const CLASS: &'static str = "ExponentialDecay";

    /// From `initial_learning_rate`, times `decay_rate` in every `decay_steps` steps.
    pub fn new(initial_learning_rate: f64, decay_steps: f64, decay_rate: f64) -> ExponentialDecay {
        ExponentialDecay { initial_learning_rate, decay_steps, decay_rate, ..ExponentialDecay::default() }
    }
}

impl Schedule for ExponentialDecay {
    fn config(&self) -> Result<Value> {
        let mut settings = Settings::new("keras.optimizers.schedules", ExponentialDecay::CLASS);
        self.write(&mut settings);
        Ok(settings.to_value())
    }
    fn fault(&self) -> Option<Error> {
        positive(Self::CLASS, "decay_steps", self.decay_steps)
    }
    fn rate(&self, step: &Symbol) -> Symbol {
        let p = step / self.decay_steps;
        let p = if self.staircase { p.floor() } else { p };
        constant(self.decay_rate as f32).pow(&p) * self.initial_learning_rate
    }
}
