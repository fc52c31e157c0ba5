//! `StopWhenDone`.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::{Hook, StepContext, StepValues};

/// Ends training when a model has all that it can have.
pub(crate) struct StopWhenDone {
    /// A variable that counts in its first element.
    pub(crate) count: Symbol,
    /// How far.
    pub(crate) last: i64,
}

impl StopWhenDone {
    fn look(&self, cx: &mut StepContext<'_>) -> Result<()> {
        let count = cx.session().value(&self.count)?;
        if count.as_slice::<i64>()?.first().is_some_and(|&n| n >= self.last) {
            cx.request_stop();
        }
        Ok(())
    }
}

impl Hook for StopWhenDone {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.look(cx)
    }
    fn after_run(&mut self, cx: &mut StepContext<'_>, _values: &StepValues) -> Result<()> {
        self.look(cx)
    }
}
