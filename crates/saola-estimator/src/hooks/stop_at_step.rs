//! `StopAtStepHook`.

use saola_tensor::Result;

use super::{Hook, StepContext, StepValues};

/// Ends training at a global step, or after a number of steps.
#[derive(Clone, Copy, Debug)]
pub struct StopAtStepHook {
    steps: Option<i64>,
    last: i64,
}

impl StopAtStepHook {
    /// Ends after so many steps of this call.
    pub fn num_steps(steps: u64) -> StopAtStepHook {
        StopAtStepHook { steps: Some(steps as i64), last: i64::MAX }
    }

    /// Ends at this global step.
    pub fn last_step(last: u64) -> StopAtStepHook {
        StopAtStepHook { steps: None, last: last as i64 }
    }
}

impl Hook for StopAtStepHook {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        if let Some(steps) = self.steps {
            self.last = cx.global_step() + steps;
        }
        cx.last_step = Some(cx.last_step.map_or(self.last, |l| l.min(self.last)));
        Ok(())
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        if cx.global_step() >= self.last {
            cx.request_stop();
        }
        Ok(())
    }
}
