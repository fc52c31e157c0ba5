//! `LambdaCallback`: closures as callbacks.

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

type OnRun<'a> = Box<dyn FnMut(&mut Run<'_>) -> Result<()> + 'a>;
type OnLogs<'a> = Box<dyn FnMut(&mut Run<'_>, &Logs) -> Result<()> + 'a>;

/// A closure for each moment of training that is of interest. Keras's `LambdaCallback`.
///
/// ```
/// use saola_keras::Fit;
/// use saola_keras::callbacks::LambdaCallback;
///
/// let mut steps = 0;
/// let fit = Fit::epochs(2).callback(LambdaCallback::new().on_batch_end(|_run| {
///     steps += 1;
///     Ok(())
/// }));
/// ```
#[derive(Default)]
pub struct LambdaCallback<'a> {
    train_begin: Option<OnRun<'a>>,
    train_end: Option<OnRun<'a>>,
    epoch_begin: Option<OnRun<'a>>,
    epoch_end: Option<OnLogs<'a>>,
    batch_begin: Option<OnRun<'a>>,
    batch_end: Option<OnRun<'a>>,
}

impl<'a> LambdaCallback<'a> {
    /// Without any closure.
    pub fn new() -> LambdaCallback<'a> {
        LambdaCallback::default()
    }

    /// After every epoch.
    #[must_use]
    pub fn on_epoch_end(
        mut self,
        f: impl FnMut(&mut Run<'_>, &Logs) -> Result<()> + 'a,
    ) -> LambdaCallback<'a> {
        self.epoch_end = Some(Box::new(f));
        self
    }
}

macro_rules! moments {
    ($($hook:ident $field:ident $doc:literal,)*) => {
        impl<'a> LambdaCallback<'a> {
            $(
                #[doc = $doc]
                #[must_use]
                pub fn $hook(mut self, f: impl FnMut(&mut Run<'_>) -> Result<()> + 'a) -> LambdaCallback<'a> {
                    self.$field = Some(Box::new(f));
                    self
                }
            )*
        }

        impl Callback for LambdaCallback<'_> {
            $(
                fn $hook(&mut self, run: &mut Run<'_>) -> Result<()> {
                    self.$field.as_mut().map_or(Ok(()), |f| f(run))
                }
            )*
            fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
                self.epoch_end.as_mut().map_or(Ok(()), |f| f(run, logs))
            }
        }
    };
}

moments! {
    on_train_begin train_begin "Before the first epoch.",
    on_train_end train_end "After the last epoch.",
    on_epoch_begin epoch_begin "Before every epoch.",
    on_batch_begin batch_begin "Before every step.",
    on_batch_end batch_end "After every step.",
}
