//! `CheckpointSaverHook`.

use std::path::PathBuf;

use saola_tensor::Result;

use super::{Hook, SecondOrStepTimer, StepContext, StepValues};
use crate::config::Cadence;
use crate::restore::Saver;

/// Something that happens around each checkpoint. Every method does nothing by default; an error ends training. The
/// reference's `CheckpointSaverListener`; what returns true there asks [`StepContext::request_stop`] here.
///
/// ```
/// use saola_estimator::hooks::{CheckpointSaverListener, StepContext};
/// use saola_tensor::Result;
///
/// /// Counts the checkpoints.
/// #[derive(Default)]
/// struct Count(usize);
///
/// impl CheckpointSaverListener for Count {
///     fn after_save(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
///         self.0 += 1;
///         Ok(())
///     }
/// }
/// ```
pub trait CheckpointSaverListener {
    /// Once, when training begins.
    ///
    /// # Errors
    /// Whatever the listener finds wrong.
    fn begin(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        Ok(())
    }

    /// Before a checkpoint is written.
    ///
    /// # Errors
    /// Whatever the listener finds wrong; the checkpoint is then not written.
    fn before_save(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        Ok(())
    }

    /// After a checkpoint was written.
    ///
    /// # Errors
    /// Whatever the listener finds wrong.
    fn after_save(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        Ok(())
    }

    /// Once, after the last checkpoint of training that ended well.
    ///
    /// # Errors
    /// Whatever the listener finds wrong.
    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        Ok(())
    }
}

impl<L: CheckpointSaverListener + ?Sized> CheckpointSaverListener for &mut L {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        (**self).begin(cx)
    }
    fn before_save(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        (**self).before_save(cx)
    }
    fn after_save(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        (**self).after_save(cx)
    }
    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        (**self).end(cx)
    }
}

/// Writes checkpoints: one when training begins, one every so many steps or seconds, and one at the end. Where training
/// begins with the latest checkpoint of the folder, that stays, and listeners are told of it. The reference's `CheckpointSaverHook`. Every estimator has one, as its
/// [`RunConfig`](crate::RunConfig) says.
pub struct CheckpointSaverHook<'a> {
    folder: PathBuf,
    timer: SecondOrStepTimer,
    saver: Saver,
    listeners: Vec<Box<dyn CheckpointSaverListener + 'a>>,
}

impl<'a> CheckpointSaverHook<'a> {
    /// Every so many steps, keeping all that are written.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn every_steps(folder: impl Into<PathBuf>, steps: u64) -> Result<CheckpointSaverHook<'a>> {
        CheckpointSaverHook::new(folder.into(), Cadence::Steps(steps.max(1)), 0)
    }

    /// Every so many seconds, keeping all that are written.
    ///
    /// # Errors
    /// A folder that cannot be made.
    pub fn every_secs(folder: impl Into<PathBuf>, seconds: f64) -> Result<CheckpointSaverHook<'a>> {
        CheckpointSaverHook::new(folder.into(), Cadence::Seconds(seconds), 0)
    }

    pub(crate) fn new(folder: PathBuf, cadence: Cadence, keep: usize) -> Result<CheckpointSaverHook<'a>> {
        let saver = Saver::new(&folder, keep)?;
        Ok(CheckpointSaverHook {
            folder,
            timer: SecondOrStepTimer::new(cadence),
            saver,
            listeners: Vec::new(),
        })
    }

    /// Also this listener; lend it with `&mut` to read it afterwards.
    #[must_use]
    pub fn listener(mut self, listener: impl CheckpointSaverListener + 'a) -> CheckpointSaverHook<'a> {
        self.listeners.push(Box::new(listener));
        self
    }

    pub(crate) fn listeners(
        mut self,
        listeners: Vec<Box<dyn CheckpointSaverListener + 'a>>,
    ) -> CheckpointSaverHook<'a> {
        self.listeners.extend(listeners);
        self
    }

    fn save(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.listeners.iter_mut().try_for_each(|l| l.before_save(cx))?;
        // What was just restored need not be written again.
        let restored = self.timer.last_step().is_none_or(|last| last >= cx.global_step)
            && saola_io::latest_checkpoint(&self.folder)?.and_then(saola_io::checkpoint_step)
                == Some(cx.global_step);
        if !restored {
            self.saver.save(&self.folder, cx.session, cx.saved, cx.global_step)?;
        }
        self.timer.update(cx.global_step);
        self.listeners.iter_mut().try_for_each(|l| l.after_save(cx))
    }
}

impl Hook for CheckpointSaverHook<'_> {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.listeners.iter_mut().try_for_each(|l| l.begin(cx))
    }

    fn after_create_session(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        // As in the reference, a listener cannot stop training by the checkpoint that it begins with.
        let stop = cx.stop;
        let saved = self.save(cx);
        cx.stop = stop;
        saved
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        if self.timer.is_due(cx.global_step()) { self.save(cx) } else { Ok(()) }
    }

    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        if self.timer.last_step() != Some(cx.global_step()) {
            self.save(cx)?;
        }
        self.listeners.iter_mut().try_for_each(|l| l.end(cx))
    }
}
