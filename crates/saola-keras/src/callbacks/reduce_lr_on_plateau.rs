//! `ReduceLROnPlateau`.

use saola_tensor::{Error, Result};

use super::monitor::{Monitor, watches};
use super::{Callback, Logs};
use crate::training::Run;

/// Lowers the learning rate when a value has not become better for some epochs. Keras's `ReduceLROnPlateau`.
#[derive(Clone, Debug)]
pub struct ReduceLrOnPlateau {
    monitor: Monitor,
    factor: f64,
    patience: usize,
    cooldown: usize,
    min_lr: f64,
    wait: usize,
    cooling: usize,
}

watches!(ReduceLrOnPlateau);

impl ReduceLrOnPlateau {
    /// By this value: to a tenth after ten epochs.
    pub fn new(monitor: &str) -> ReduceLrOnPlateau {
        let monitor = Monitor { min_delta: 1e-4, ..Monitor::new(monitor) };
        ReduceLrOnPlateau {
            monitor,
            factor: 0.1,
            patience: 10,
            cooldown: 0,
            min_lr: 0.0,
            wait: 0,
            cooling: 0,
        }
    }

    /// What the rate is multiplied by, below 1; 0.1 by default.
    #[must_use]
    pub fn factor(mut self, factor: f64) -> ReduceLrOnPlateau {
        self.factor = factor;
        self
    }

    /// After how many epochs without a better value the rate falls; 10 by default.
    #[must_use]
    pub fn patience(mut self, epochs: usize) -> ReduceLrOnPlateau {
        self.patience = epochs;
        self
    }

    /// How much better counts as better; 0.0001 by default.
    #[must_use]
    pub fn min_delta(mut self, delta: f64) -> ReduceLrOnPlateau {
        self.monitor.min_delta = delta.abs();
        self
    }

    /// For how many epochs nothing is counted after the rate fell; 0 by default.
    #[must_use]
    pub fn cooldown(mut self, epochs: usize) -> ReduceLrOnPlateau {
        self.cooldown = epochs;
        self
    }

    /// Below what the rate does not fall; 0 by default.
    #[must_use]
    pub fn min_lr(mut self, rate: f64) -> ReduceLrOnPlateau {
        self.min_lr = rate;
        self
    }
}

impl Callback for ReduceLrOnPlateau {
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        if !(0.0..1.0).contains(&self.factor) {
            return Err(Error::value(format!("ReduceLrOnPlateau: the factor is {}", self.factor))
                .help("give a number from 0 to below 1"));
        }
        self.monitor.best = None;
        (self.wait, self.cooling) = (0, 0);
        Ok(())
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        let rate = run.learning_rate()?;
        run.log("learning_rate", rate);
        let value = self.monitor.value(logs)?;
        if self.cooling > 0 {
            self.cooling -= 1;
            self.wait = 0;
        }
        if self.monitor.improves(run, value)? {
            self.wait = 0;
        } else if self.cooling == 0 {
            self.wait += 1;
            if self.wait >= self.patience && rate > f64::from(self.min_lr as f32) {
                run.set_learning_rate((rate * self.factor).max(self.min_lr))?;
                self.cooling = self.cooldown;
                self.wait = 0;
            }
        }
        Ok(())
    }
}
