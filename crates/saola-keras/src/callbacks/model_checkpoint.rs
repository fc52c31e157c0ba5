//! `ModelCheckpoint`.

use saola_tensor::{Error, Result};

use super::monitor::{Monitor, watches};
use super::path::fill;
use super::{Callback, Frequency, Logs};
use crate::training::Run;

/// Saves the model, or its weights, after every epoch or after some steps. Keras's `ModelCheckpoint`.
///
/// The path may hold `{epoch:02d}`, which counts from 1, `{batch}`, and the names of loss and metrics, as in
/// `{val_loss:.2f}`. A whole model goes to `.keras`, weights go to `.weights.h5`.
///
/// ```
/// use saola_keras::Fit;
/// use saola_keras::callbacks::ModelCheckpoint;
///
/// let best = ModelCheckpoint::new("best-{epoch:02d}.keras", "val_loss").save_best_only(true);
/// let fit = Fit::epochs(10).validation_split(0.1).callback(best);
/// ```
#[derive(Clone, Debug)]
pub struct ModelCheckpoint {
    path: String,
    monitor: Monitor,
    save_best_only: bool,
    save_weights_only: bool,
    frequency: Frequency,
    threshold: Option<f64>,
    steps: usize,
}

watches!(ModelCheckpoint);

impl ModelCheckpoint {
    /// To `path` after every epoch; `monitor` says what the best is where only that is saved.
    pub fn new(path: impl Into<String>, monitor: &str) -> ModelCheckpoint {
        ModelCheckpoint {
            path: path.into(),
            monitor: Monitor::new(monitor),
            save_best_only: false,
            save_weights_only: false,
            frequency: Frequency::Epoch,
            threshold: None,
            steps: 0,
        }
    }

    /// Whether only what is better than all before is saved; not by default.
    #[must_use]
    pub fn save_best_only(mut self, best: bool) -> ModelCheckpoint {
        self.save_best_only = best;
        self
    }

    /// Whether only the weights are saved; not by default.
    #[must_use]
    pub fn save_weights_only(mut self, weights: bool) -> ModelCheckpoint {
        self.save_weights_only = weights;
        self
    }

    /// How often; after every epoch by default.
    #[must_use]
    pub fn save_freq(mut self, frequency: Frequency) -> ModelCheckpoint {
        self.frequency = frequency;
        self
    }

    /// What the first saved value must be better than.
    #[must_use]
    pub fn initial_value_threshold(mut self, value: f64) -> ModelCheckpoint {
        self.threshold = Some(value);
        self
    }

    fn save(&mut self, run: &Run<'_>, logs: &Logs) -> Result<()> {
        if self.save_best_only {
            let value = self.monitor.value(logs)?;
            if !self.monitor.improves(run, value)? {
                return Ok(());
            }
        }
        let path = fill(&self.path, |name| match name {
            "epoch" => Ok((run.epoch() + 1) as f64),
            "batch" => Ok(run.step() as f64),
            _ => logs.get(name),
        })?;
        match self.save_weights_only {
            true => run.model().save_weights(path),
            false => run.model().save(path),
        }
    }
}

impl Callback for ModelCheckpoint {
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        let ending = if self.save_weights_only { ".weights.h5" } else { ".keras" };
        if !self.path.ends_with(ending) {
            return Err(Error::value(format!("ModelCheckpoint: the path is `{}`", self.path))
                .help(format!("let it end in `{ending}`")));
        }
        if self.frequency == Frequency::Steps(0) {
            return Err(Error::value("ModelCheckpoint: it saves after 0 steps").help("give at least 1"));
        }
        self.steps = 0;
        self.monitor.best = self.threshold.or(self.monitor.best);
        Ok(())
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.steps += 1;
        match self.frequency {
            Frequency::Steps(n) if self.steps.is_multiple_of(n) => self.save(run, &run.logs()?),
            _ => Ok(()),
        }
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        if self.frequency == Frequency::Epoch { self.save(run, logs) } else { Ok(()) }
    }
}
