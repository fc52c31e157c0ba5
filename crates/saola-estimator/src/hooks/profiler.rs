//! `ProfilerHook`.

use std::path::PathBuf;

use saola_graph::Symbol;
use saola_runtime::Trace;
use saola_tensor::{Error, Result};

use super::{Hook, SecondOrStepTimer, StepContext, StepValues};

/// Writes where the time of a step went, every so many steps or seconds, as `timeline-<step>.json`, which Chrome and
/// Perfetto show: the reference's `ProfilerHook`. The first one comes after so many steps or seconds.
///
/// ```no_run
/// use saola_estimator::Train;
/// use saola_estimator::hooks::ProfilerHook;
///
/// let train = Train::steps(1000).hook(ProfilerHook::every_steps("profile", 200));
/// ```
#[derive(Clone, Debug)]
pub struct ProfilerHook {
    folder: PathBuf,
    timer: SecondOrStepTimer,
    trace: Option<Trace>,
}

impl ProfilerHook {
    /// Every so many steps, into `folder`.
    pub fn every_steps(folder: impl Into<PathBuf>, steps: u64) -> ProfilerHook {
        let timer = SecondOrStepTimer::every_steps(steps.max(1));
        ProfilerHook { folder: folder.into(), timer, trace: None }
    }

    /// Every so many seconds, into `folder`.
    pub fn every_secs(folder: impl Into<PathBuf>, seconds: f64) -> ProfilerHook {
        let timer = SecondOrStepTimer::every_secs(seconds);
        ProfilerHook { folder: folder.into(), timer, trace: None }
    }
}

impl Hook for ProfilerHook {
    fn before_run(&mut self, cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        let next = cx.global_step() + 1;
        if self.timer.last_step().is_none() {
            self.timer.update(cx.global_step());
        } else if self.timer.is_due(next) {
            let trace = Trace::new();
            cx.trace(&trace);
            self.trace = Some(trace);
        }
        Ok(Vec::new())
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        let Some(trace) = self.trace.take() else { return Ok(()) };
        let step = cx.global_step();
        self.timer.update(step);
        std::fs::create_dir_all(&self.folder).map_err(|e| Error::io("creating", &self.folder, e))?;
        trace.write_chrome(self.folder.join(format!("timeline-{step}.json")))
    }
}
