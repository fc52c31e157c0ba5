//! `CheckpointSaverHook`: checkpoints at the beginning, every so often, and at the end.

use std::path::PathBuf;
use std::time::Instant;

use saola_tensor::Result;

use super::{Hook, StepContext, StepValues};
use crate::config::Cadence;
use crate::restore::Saver;

/// Writes checkpoints: one when training begins (unless it was just restored), one every so many steps or seconds,
/// and one at the end. The reference's `CheckpointSaverHook`. Every estimator has one, as its
/// [`RunConfig`](crate::RunConfig) says.
pub struct CheckpointSaverHook {
    folder: PathBuf,
    cadence: Cadence,
    saver: Saver,
    last_step: i64,
    last_time: Instant,
}

impl CheckpointSaverHook {
    /// Every so many steps, keeping all that are written.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn every_steps(folder: impl Into<PathBuf>, steps: u64) -> Result<CheckpointSaverHook> {
        CheckpointSaverHook::new(folder.into(), Cadence::Steps(steps.max(1)), 0)
    }

    /// Every so many seconds, keeping all that are written.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn every_secs(folder: impl Into<PathBuf>, seconds: f64) -> Result<CheckpointSaverHook> {
        CheckpointSaverHook::new(folder.into(), Cadence::Seconds(seconds), 0)
    }

    pub(crate) fn new(folder: PathBuf, cadence: Cadence, keep: usize) -> Result<CheckpointSaverHook> {
        let saver = Saver::new(&folder, keep)?;
        Ok(CheckpointSaverHook { folder, cadence, saver, last_step: -1, last_time: Instant::now() })
    }

    fn save(&mut self, cx: &StepContext<'_>) -> Result<()> {
        self.saver.save(&self.folder, cx.session, cx.saved, cx.global_step)?;
        self.last_step = cx.global_step;
        self.last_time = Instant::now();
        Ok(())
    }
}

impl Hook for CheckpointSaverHook {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        // What was just restored need not be written again.
        let exists = saola_io::latest_checkpoint(&self.folder)?
            .and_then(saola_io::checkpoint_step)
            .is_some_and(|step| step == cx.global_step());
        if exists {
            self.last_step = cx.global_step();
            return Ok(());
        }
        self.save(cx)
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        let due = match self.cadence {
            Cadence::Never => false,
            Cadence::Steps(n) => cx.global_step() - self.last_step >= n as i64,
            Cadence::Seconds(s) => self.last_time.elapsed().as_secs_f64() >= s,
        };
        if due { self.save(cx) } else { Ok(()) }
    }

    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        if cx.global_step() != self.last_step { self.save(cx) } else { Ok(()) }
    }
}
