//! Loss and other numbers of the steps in an event file.

use saola_graph::Symbol;
use saola_tensor::{DType, Result, Tensor};

use super::{Events, Hook, StepContext, StepValues};

pub(crate) struct SummarySaver {
    events: Events,
    every: i64,
    names: Vec<String>,
    next: i64,
    due: bool,
}

impl SummarySaver {
    pub(crate) fn new(events: &Events, every: u64) -> SummarySaver {
        SummarySaver { events: events.clone(), every: every as i64, names: Vec::new(), next: 0, due: false }
    }
}

/// A number out of a scalar of any type.
pub(crate) fn scalar(tensor: &Tensor) -> Result<f64> {
    tensor.cast(DType::F64)?.reshape([tensor.len()])?.rows(0..1)?.item::<f64>()
}

impl Hook for SummarySaver {
    fn begin(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.names = cx.training_values().keys().cloned().collect();
        // The first step is always written.
        self.next = cx.global_step() + 1;
        Ok(())
    }

    fn before_run(&mut self, cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        self.due = cx.global_step() + 1 >= self.next;
        Ok(if self.due { cx.training_values().values().cloned().collect() } else { Vec::new() })
    }

    fn after_run(&mut self, cx: &mut StepContext<'_>, values: &StepValues) -> Result<()> {
        if !self.due {
            return Ok(());
        }
        let step = cx.global_step();
        self.next = step + self.every;
        if cx.has_loss {
            self.events.scalar("loss", step, f64::from(values.loss))?;
        }
        for (name, value) in self.names.iter().zip(&values.fetched) {
            self.events.scalar(name, step, scalar(value)?)?;
        }
        Ok(())
    }

    fn end(&mut self, _cx: &mut StepContext<'_>) -> Result<()> {
        self.events.flush()
    }
}
