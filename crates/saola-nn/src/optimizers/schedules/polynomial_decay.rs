//! `PolynomialDecay`.

use saola_graph::{Symbol, select};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{Schedule, positive};
use crate::settings::{Settings, settings};

settings! {
    /// `(initial − end)·(1 − step / decay_steps)^power + end`, and `end` from then on. Keras's `PolynomialDecay`.
    pub struct PolynomialDecay {
        /// Where it ends; 0.0001 by default.
        end_learning_rate: f64 = 0.0001,
        /// The power; 1 by default.
        power: f64 = 1.0,
        /// Whether to begin anew over a longer time at the end; not by default.
        cycle: bool = false,
    }
    plain {
        initial_learning_rate: f64 = 0.001,
        decay_steps: f64 = 1.0,
        name: String = "PolynomialDecay".to_string(),
    }
}

impl PolynomialDecay {
    pub(crate) const CLASS: &'static str = "PolynomialDecay";

    /// From `initial_learning_rate` to the end in `decay_steps` steps, in a straight line.
    pub fn new(initial_learning_rate: f64, decay_steps: f64) -> PolynomialDecay {
        PolynomialDecay { initial_learning_rate, decay_steps, ..PolynomialDecay::default() }
    }
}

impl Schedule for PolynomialDecay {
    fn config(&self) -> Result<Value> {
        let mut settings = Settings::new("keras.optimizers.schedules", PolynomialDecay::CLASS);
        self.write(&mut settings);
        Ok(settings.to_value())
    }
    fn fault(&self) -> Option<Error> {
        positive(Self::CLASS, "decay_steps", self.decay_steps)
    }
    fn rate(&self, step: &Symbol) -> Symbol {
        let p = if self.cycle {
            let rounds = select(&step.equal(0.0), 1.0, (step / self.decay_steps).ceil());
            step / (rounds * self.decay_steps)
        } else {
            step.minimum(self.decay_steps) / self.decay_steps
        };
        (1.0 - p).pow(self.power) * (self.initial_learning_rate - self.end_learning_rate)
            + self.end_learning_rate
    }
}
