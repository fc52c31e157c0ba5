//! `InverseTimeDecay`.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{Schedule, positive};
use crate::settings::{Settings, settings};

settings! {
    /// `initial / (1 + rate · step / decay_steps)`. Keras's `InverseTimeDecay`.
    pub struct InverseTimeDecay {
        /// Whether the rate only changes after whole `decay_steps`; it always does by default.
        staircase: bool = false,
    }
    plain {
        initial_learning_rate: f64 = 0.001,
        decay_steps: f64 = 1.0,
        decay_rate: f64 = 1.0,
        name: String = "InverseTimeDecay".to_string(),
    }
}

impl InverseTimeDecay {
    pub(crate) const CLASS: &'static str = "InverseTimeDecay";

    /// From `initial_learning_rate`, a harmonic decay.
    pub fn new(initial_learning_rate: f64, decay_steps: f64, decay_rate: f64) -> InverseTimeDecay {
        InverseTimeDecay { initial_learning_rate, decay_steps, decay_rate, ..InverseTimeDecay::default() }
    }
}

impl Schedule for InverseTimeDecay {
    fn config(&self) -> Result<Value> {
        let mut settings = Settings::new("keras.optimizers.schedules", InverseTimeDecay::CLASS);
        self.write(&mut settings);
        Ok(settings.to_value())
    }
    fn fault(&self) -> Option<Error> {
        positive(Self::CLASS, "decay_steps", self.decay_steps)
    }
    fn rate(&self, step: &Symbol) -> Symbol {
        let p = step / self.decay_steps;
        let p = if self.staircase { p.floor() } else { p };
        self.initial_learning_rate / (p * self.decay_rate + 1.0)
    }
}
