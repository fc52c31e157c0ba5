//! Steps per second in an event file.

use std::time::Instant;

use saola_tensor::Result;

use super::{Events, Hook, StepContext, StepValues};

pub(crate) struct StepCounter {
    events: Events,
    every: i64,
    last: (i64, Instant),
}

impl StepCounter {
    pub(crate) fn new(events: &Events, every: u64) -> StepCounter {
        StepCounter { events: events.clone(), every: every as i64, last: (0, Instant::now()) }
    }
}

impl Hook for StepCounter {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.last = (cx.global_step(), Instant::now());
        Ok(())
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        let (step, time) = self.last;
        let steps = cx.global_step() - step;
        if steps >= self.every {
            let rate = steps as f64 / time.elapsed().as_secs_f64();
            self.events.scalar("global_step/sec", cx.global_step(), rate)?;
            self.last = (cx.global_step(), Instant::now());
        }
        Ok(())
    }

    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        self.events.flush()
    }
}
