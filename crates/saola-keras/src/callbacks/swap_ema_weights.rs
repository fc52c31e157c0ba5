//! `SwapEMAWeights`.

use saola_tensor::{Error, Result};

use super::{Callback, Logs};
use crate::Model;
use crate::training::Run;

/// Evaluates with the averages of the weights that the optimizer keeps, in place of the weights. Keras's `SwapEMAWeights`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SwapEmaWeights {
    on_epoch: bool,
}

impl SwapEmaWeights {
    /// In evaluations.
    pub fn new() -> SwapEmaWeights {
        SwapEmaWeights::default()
    }

    /// Whether the averages also take the weights' place between two epochs, so that callbacks which save the model see
    /// them; not by default.
    #[must_use]
    pub fn swap_on_epoch(mut self, swap: bool) -> SwapEmaWeights {
        self.on_epoch = swap;
        self
    }
}

/// Exchanges weights and averages.
fn swap(model: &Model) -> Result<()> {
    for (weight, average) in model.averages() {
        let (a, b) = (model.session().value(&weight)?, model.session().value(&average)?);
        model.session().set_value(&weight, &b)?;
        model.session().set_value(&average, &a)?;
    }
    Ok(())
}

impl Callback for SwapEmaWeights {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        let shared = run.model().compiled()?.compile.optimizer.optimizer().shared();
        if shared.ema_momentum.is_none() {
            return Err(Error::state("SwapEmaWeights: the optimizer keeps no averages")
                .help("give the optimizer `.use_ema(true)`"));
        }
        Ok(())
    }
    fn on_epoch_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        if self.on_epoch && run.history().epoch.last().is_some() { swap(run.model()) } else { Ok(()) }
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, _logs: &Logs) -> Result<()> {
        if self.on_epoch { swap(run.model()) } else { Ok(()) }
    }
    fn on_test_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        swap(run.model())
    }
    fn on_test_end(&mut self, run: &mut Run<'_>, _logs: &Logs) -> Result<()> {
        swap(run.model())
    }
}
