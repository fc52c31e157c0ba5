//! `FeedFnHook`.

use saola_graph::Symbol;
use saola_tensor::{Result, Tensor};

use super::{Hook, StepContext};

/// Feeds each step what a function gives: the reference's `FeedFnHook`.
///
/// ```
/// use saola_estimator::MonitoredSession;
/// use saola_estimator::hooks::FeedFnHook;
/// use saola_graph::{DType, Dims, placeholder};
/// use saola_runtime::feed;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let rate = placeholder("rate", DType::F32, Dims::scalar());
/// let hook = FeedFnHook::new({
///     let rate = rate.clone();
///     move |step| Ok(vec![(rate.clone(), Tensor::scalar(1.0 / (1 + step) as f32))])
/// });
/// let mut session = MonitoredSession::builder([&rate]).hook(hook).create()?;
/// assert_eq!(session.run(&rate, feed![])?.item::<f32>()?, 1.0);
/// # Ok(())
/// # }
/// ```
pub struct FeedFnHook<F>(F);

impl<F: FnMut(i64) -> Result<Vec<(Symbol, Tensor)>>> FeedFnHook<F> {
    /// Asks `feeds` before each step, with the global step so far.
    pub fn new(feeds: F) -> FeedFnHook<F> {
        FeedFnHook(feeds)
    }
}

impl<F: FnMut(i64) -> Result<Vec<(Symbol, Tensor)>>> Hook for FeedFnHook<F> {
    fn before_run(&mut self, cx: &mut StepContext<'_>) -> Result<Vec<Symbol>> {
        for (symbol, value) in (self.0)(cx.global_step())? {
            cx.feed(&symbol, value);
        }
        Ok(Vec::new())
    }
}
