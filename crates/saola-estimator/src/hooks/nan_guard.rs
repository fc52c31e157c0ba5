//! A loss that is not a number ends training.

use saola_tensor::{Error, ErrorKind, Result};

use super::{Hook, StepContext, StepValues};

/// Refuses to go on from a loss that is NaN. It runs before checkpoints are written, so what is on disk stays good.
#[derive(Debug)]
pub(crate) struct NanGuard;

impl Hook for NanGuard {
    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        if !values.loss.is_nan() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Numeric, format!("the loss is NaN at step {}", cx.global_step()))
            .note("expected", "a number")
            .help("look for missing or huge values in the input, standardize numeric columns, or lower the learning rate; the last checkpoint is from before"))
    }
}
