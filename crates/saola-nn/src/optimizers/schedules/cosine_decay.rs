//! `CosineDecay`.

use saola_graph::{Symbol, select};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::{Schedule, positive};
use crate::settings::{Settings, settings};

settings! {
    /// Half a wave of the cosine from the initial rate to the fraction α of it (Loshchilov and Hutter, 2017), after a linear
    /// warm-up if there is one. Keras's `CosineDecay`.
    pub struct CosineDecay {
        /// The fraction at which it ends; 0 by default.
        alpha: f64 = 0.0,
        /// Where a warm-up leads to, from which the decay begins. No warm-up by default.
        warmup_target: Option<f64> = None,
        /// How many steps the warm-up takes.
        warmup_steps: usize = 0,
    }
    plain {
        initial_learning_rate: f64 = 0.001,
        decay_steps: f64 = 1.0,
        name: String = "CosineDecay".to_string(),
    }
}

impl CosineDecay {
    pub(crate) const CLASS: &'static str = "CosineDecay";

    /// From `initial_learning_rate` to 0 in `decay_steps` steps.
    pub fn new(initial_learning_rate: f64, decay_steps: f64) -> CosineDecay {
        CosineDecay { initial_learning_rate, decay_steps, ..CosineDecay::default() }
    }
}

impl Schedule for CosineDecay {
    fn config(&self) -> Result<Value> {
        let mut settings = Settings::new("keras.optimizers.schedules", CosineDecay::CLASS);
        self.write(&mut settings);
        Ok(settings.to_value())
    }
    fn fault(&self) -> Option<Error> {
        positive(Self::CLASS, "decay_steps", self.decay_steps)
    }
    fn rate(&self, step: &Symbol) -> Symbol {
        let decayed = |step: &Symbol, from: f64| {
            let wave = ((step / self.decay_steps * std::f64::consts::PI).cos() + 1.0) * 0.5;
            (wave * (1.0 - self.alpha) + self.alpha) * from
        };
        let Some(target) = self.warmup_target else {
            return decayed(&step.minimum(self.decay_steps), self.initial_learning_rate);
        };
        let warmup = self.warmup_steps as f64;
        let step = step.minimum(self.decay_steps + warmup);
        let rise =
            &step / warmup.max(1.0) * (target - self.initial_learning_rate) + self.initial_learning_rate;
        select(&step.less(warmup), rise, decayed(&(&step - warmup), target))
    }
}
