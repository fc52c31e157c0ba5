//! `FinalOpsHook`.

use saola_graph::Symbol;
use saola_runtime::Feeds;
use saola_tensor::{Result, Tensor};

use super::{Hook, StepContext};

/// Computes symbols once, after the last step: the reference's `FinalOpsHook`. Lend it with `&mut` to read
/// [`FinalOpsHook::values`] afterwards.
///
/// ```
/// use saola_estimator::MonitoredSession;
/// use saola_estimator::hooks::FinalOpsHook;
/// use saola_graph::variable;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let w = variable("w", 2.0f32);
/// let mut last = FinalOpsHook::new([&w * 3.0]);
/// MonitoredSession::builder([&w]).hook(&mut last).create()?.close()?;
/// assert_eq!(last.values()[0].item::<f32>()?, 6.0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FinalOpsHook {
    symbols: Vec<Symbol>,
    feeds: Vec<(Symbol, Tensor)>,
    values: Vec<Tensor>,
}

impl FinalOpsHook {
    /// Computes these.
    pub fn new(symbols: impl IntoIterator<Item = Symbol>) -> FinalOpsHook {
        FinalOpsHook { symbols: symbols.into_iter().collect(), feeds: Vec::new(), values: Vec::new() }
    }

    /// Feeds `symbol` for that.
    #[must_use]
    pub fn feed(mut self, symbol: &Symbol, value: impl Into<Tensor>) -> FinalOpsHook {
        self.feeds.push((symbol.clone(), value.into()));
        self
    }

    /// What was computed; nothing before the end.
    pub fn values(&self) -> &[Tensor] {
        &self.values
    }
}

impl Hook for FinalOpsHook {
    fn end(&mut self, cx: &mut StepContext<'_>) -> Result<()> {
        self.values = cx.session().run(&self.symbols, Feeds::new().and(&self.feeds))?;
        Ok(())
    }
}
