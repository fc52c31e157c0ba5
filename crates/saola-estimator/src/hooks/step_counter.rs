//! Steps per second in an event file.

use saola_tensor::Result;

use super::{Events, Hook, SecondOrStepTimer, StepContext, StepValues};

/// Counts from the first step of the call on, as the reference's `StepCounterHook`.
pub(crate) struct StepCounter {
    events: Events,
    timer: SecondOrStepTimer,
}

impl StepCounter {
    pub(crate) fn new(events: &Events, every: u64) -> StepCounter {
        StepCounter { events: events.clone(), timer: SecondOrStepTimer::every_steps(every) }
    }
}

impl Hook for StepCounter {
    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        let step = cx.global_step();
        if !self.timer.is_due(step) {
            return Ok(());
        }
        match self.timer.update(step) {
            Some((steps, time)) => {
                self.events.scalar("global_step/sec", step, steps as f64 / time.as_secs_f64())
            }
            None => Ok(()),
        }
    }

    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        self.events.flush()
    }
}
