//! `CosineDecayRestarts`.

use saola_graph::{Symbol, constant};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{Schedule, positive};
use crate::settings::{Settings, settings};

settings! {
    /// Half waves of the cosine, each beginning anew: longer by a factor, lower by another (Loshchilov and Hutter, 2017).
    /// Keras's `CosineDecayRestarts`.
    pub struct CosineDecayRestarts {
        /// How much longer each wave is than the one before; 2 by default.
        t_mul: f64 = 2.0,
        /// How high each wave begins beside the one before; 1 by default.
        m_mul: f64 = 1.0,
        /// The fraction at which waves end; 0 by default.
        alpha: f64 = 0.0,
    }
    plain {
        initial_learning_rate: f64 = 0.001,
        first_decay_steps: f64 = 1.0,
        name: String = "SGDRDecay".to_string(),
    }
}

impl CosineDecayRestarts {
    pub(crate) const CLASS: &'static str = "CosineDecayRestarts";

    /// From `initial_learning_rate`, the first wave over `first_decay_steps` steps.
    pub fn new(initial_learning_rate: f64, first_decay_steps: f64) -> CosineDecayRestarts {
        CosineDecayRestarts { initial_learning_rate, first_decay_steps, ..CosineDecayRestarts::default() }
    }
}

impl Schedule for CosineDecayRestarts {
    fn config(&self) -> Result<Value> {
        let mut settings = Settings::new("keras.optimizers.schedules", CosineDecayRestarts::CLASS);
        self.write(&mut settings);
        Ok(settings.to_value())
    }
    fn fault(&self) -> Option<Error> {
        positive(Self::CLASS, "first_decay_steps", self.first_decay_steps)
    }
    fn rate(&self, step: &Symbol) -> Symbol {
        let done = step / self.first_decay_steps;
        let (restarts, done) = if self.t_mul == 1.0 {
            let whole = done.floor();
            (whole.clone(), done - whole)
        } else {
            let t = constant(self.t_mul as f32);
            let restarts = ((1.0 - done.clone() * (1.0 - self.t_mul)).log() / t.log()).floor();
            let length = t.pow(&restarts);
            let before = (1.0 - &length) / (1.0 - self.t_mul);
            (restarts, (done - before) / length)
        };
        let height = constant(self.m_mul as f32).pow(&restarts);
        let wave = ((done * std::f64::consts::PI).cos() + 1.0) * height * 0.5;
        (wave * (1.0 - self.alpha) + self.alpha) * self.initial_learning_rate
    }
}
