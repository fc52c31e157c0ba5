//! A closure as a callback.

use saola_tensor::Result;

use super::{Callback, Logs};
use crate::training::Run;

/// Calls a closure after every epoch.
///
/// ```
/// use saola_keras::Fit;
/// use saola_keras::callbacks::OnEpochEnd;
///
/// let fit = Fit::epochs(50).callback(OnEpochEnd(|run: &mut saola_keras::Run<'_>, logs: &saola_keras::Logs| {
///     if logs.get("loss")? < 0.1 {
///         run.stop("good enough");
///     }
///     Ok(())
/// }));
/// ```
pub struct OnEpochEnd<F>(pub F);

impl<F: FnMut(&mut Run<'_>, &Logs) -> Result<()>> Callback for OnEpochEnd<F> {
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        (self.0)(run, logs)
    }
}
