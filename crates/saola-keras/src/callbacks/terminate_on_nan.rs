//! `TerminateOnNaN`.

use saola_tensor::{Error, Result};

use super::Callback;
use crate::training::Run;

/// Ends training at a step after which the loss is not a finite number. Keras's `TerminateOnNaN`.
#[derive(Clone, Copy, Debug, Default)]
pub struct TerminateOnNan {
    raise_error: bool,
}

impl TerminateOnNan {
    /// Ends training, with the reason in the history.
    pub fn new() -> TerminateOnNan {
        TerminateOnNan::default()
    }

    /// Makes it an error of `fit` instead.
    #[must_use]
    pub fn raise_error(mut self, raise: bool) -> TerminateOnNan {
        self.raise_error = raise;
        self
    }
}

impl Callback for TerminateOnNan {
    fn on_batch_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        let loss = run.logs()?.get("loss")?;
        if loss.is_finite() {
            return Ok(());
        }
        let reason = format!("the loss is {loss} after step {} of epoch {}", run.step(), run.epoch() + 1);
        if self.raise_error {
            return Err(
                Error::value(reason).help("lower the learning rate, or look for numbers that are not finite")
            );
        }
        run.stop(reason);
        Ok(())
    }
}
