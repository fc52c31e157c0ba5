//! `EarlyStopping`.

use saola_tensor::{Result, Tensor};

use super::monitor::{Monitor, watches};
use super::{Callback, Logs};
use crate::training::Run;

/// Ends training when a value has not become better for some epochs. Keras's `EarlyStopping`.
///
/// ```
/// use saola_keras::Fit;
/// use saola_keras::callbacks::EarlyStopping;
///
/// let fit = Fit::epochs(100)
///     .validation_split(0.2)
///     .callback(EarlyStopping::new("val_loss").patience(3).restore_best_weights(true));
/// ```
#[derive(Clone, Debug)]
pub struct EarlyStopping {
    monitor: Monitor,
    patience: usize,
    baseline: Option<f64>,
    restore_best_weights: bool,
    start_from_epoch: usize,
    wait: usize,
    best_weights: Option<Vec<Tensor>>,
}

watches!(EarlyStopping);

impl EarlyStopping {
    /// By this value, after the first epoch that is not better.
    pub fn new(monitor: &str) -> EarlyStopping {
        EarlyStopping {
            monitor: Monitor::new(monitor),
            patience: 0,
            baseline: None,
            restore_best_weights: false,
            start_from_epoch: 0,
            wait: 0,
            best_weights: None,
        }
    }

    /// How much better counts as better; 0 by default.
    #[must_use]
    pub fn min_delta(mut self, delta: f64) -> EarlyStopping {
        self.monitor.min_delta = delta.abs();
        self
    }

    /// After how many epochs without a better value training ends; 0 by default.
    #[must_use]
    pub fn patience(mut self, epochs: usize) -> EarlyStopping {
        self.patience = epochs;
        self
    }

    /// What the value must become better than for an epoch to count.
    #[must_use]
    pub fn baseline(mut self, baseline: f64) -> EarlyStopping {
        self.baseline = Some(baseline);
        self
    }

    /// Whether the weights of the best epoch are put back when training ends; not by default.
    #[must_use]
    pub fn restore_best_weights(mut self, restore: bool) -> EarlyStopping {
        self.restore_best_weights = restore;
        self
    }

    /// The first epoch that is looked at, from 0.
    #[must_use]
    pub fn start_from_epoch(mut self, epoch: usize) -> EarlyStopping {
        self.start_from_epoch = epoch;
        self
    }
}

impl Callback for EarlyStopping {
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        self.wait = 0;
        self.monitor.best = None;
        self.best_weights = None;
        Ok(())
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        let value = self.monitor.value(logs)?;
        if run.epoch() < self.start_from_epoch {
            return Ok(());
        }
        if self.restore_best_weights && self.best_weights.is_none() {
            self.best_weights = Some(run.model().snapshot()?);
        }
        self.wait += 1;
        if self.monitor.improves(run, value)? {
            if self.restore_best_weights {
                self.best_weights = Some(run.model().snapshot()?);
            }
            if self.baseline.is_none() || self.monitor.is_better(run, value, self.baseline)? {
                self.wait = 0;
            }
            return Ok(());
        }
        if self.wait >= self.patience && run.epoch() > 0 {
            let (name, wait) = (&self.monitor.name, self.wait);
            run.stop(format!("`{name}` has not become better for {wait} epochs"));
        }
        Ok(())
    }
    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        self.best_weights.as_ref().map_or(Ok(()), |weights| run.model().restore(weights))
    }
}
