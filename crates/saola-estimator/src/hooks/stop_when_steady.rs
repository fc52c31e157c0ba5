//! `StopWhenSteady`.

use saola_tensor::Result;

use super::{Hook, StepContext, StepValues};

/// Ends training when the loss hardly changes: by less than a tolerance, relative to one plus the loss before.
pub(crate) struct StopWhenSteady {
    tolerance: f64,
    before: Option<f64>,
}

impl StopWhenSteady {
    pub(crate) fn new(tolerance: f64) -> StopWhenSteady {
        StopWhenSteady { tolerance, before: None }
    }
}

impl Hook for StopWhenSteady {
    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        let loss = f64::from(values.loss);
        if let Some(before) = self.before
            && (loss - before).abs() / (1.0 + before.abs()) < self.tolerance
        {
            cx.request_stop();
        }
        self.before = Some(loss);
        Ok(())
    }
}
