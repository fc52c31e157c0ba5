//! A loss that is not a number ends training.

use saola_tensor::{Error, ErrorKind, Result};

use super::{Hook, StepContext, StepValues};

/// Ends training when the loss is NaN: with an error, or quietly. The reference's `NanTensorHook`.
///
/// Every estimator has one that fails; it runs before checkpoints are written, so what is on disk stays good.
#[derive(Clone, Copy, Debug)]
pub struct NanHook {
    fail: bool,
}

impl NanHook {
    /// Fails on a loss that is NaN.
    pub fn new() -> NanHook {
        NanHook { fail: true }
    }

    /// Only stops, instead of failing.
    pub fn stop_quietly() -> NanHook {
        NanHook { fail: false }
    }
}

impl Default for NanHook {
    fn default() -> NanHook {
        NanHook::new()
    }
}

impl Hook for NanHook {
    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        if !values.loss.is_nan() || !cx.has_loss {
            return Ok(());
        }
        if !self.fail {
            cx.request_stop();
            return Ok(());
        }
        Err(Error::new(ErrorKind::Numeric, format!("the loss is NaN at step {}", cx.global_step()))
            .note("expected", "a number")
            .help("look for missing or huge values in the input, standardize numeric columns, or lower the learning rate; the last checkpoint is from before"))
    }
}
