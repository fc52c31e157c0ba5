//! Callbacks: what happens beside training, one file each.

mod lambda;

pub use lambda::OnEpochEnd;

use indexmap::IndexMap;
use saola_tensor::Result;

use crate::history::missing;
use crate::training::Run;

/// Loss and metrics at a moment of training.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Logs(pub(crate) IndexMap<String, f64>);

impl Logs {
    /// The value of `name`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is no such name; the error lists those that are.
    pub fn get(&self, name: &str) -> Result<f64> {
        self.0.get(name).copied().ok_or_else(|| missing(name, self.0.keys().map(String::as_str)))
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        self.0.iter().map(|(k, v)| (k.as_str(), *v))
    }
}

/// Something that watches training and may end it. Every method does nothing by default; an error ends training and
/// is what `fit` returns.
///
/// ```
/// use saola_keras::{Callback, Logs, Run};
/// use saola_tensor::Result;
///
/// struct StopAbove {
///     target: f64,
/// }
///
/// impl Callback for StopAbove {
///     fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
///         if logs.get("val_accuracy")? >= self.target {
///             run.stop("target reached");
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Callback {
    /// Before the first epoch.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_train_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// After the last epoch, also if training was stopped.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_train_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// Before an epoch.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_epoch_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// After an epoch, with loss and metrics, `val_` ones among them.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_epoch_end(&mut self, _run: &mut Run<'_>, _logs: &Logs) -> Result<()> {
        Ok(())
    }

    /// Before a step.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_batch_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// After a step. [`Run::logs`] reads loss and metrics so far; not asking costs nothing.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_batch_end(&mut self, _run: &mut Run<'_>) -> Result<()> {
        Ok(())
    }
}

impl<C: Callback + ?Sized> Callback for &mut C {
    fn on_train_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_train_begin(run)
    }
    fn on_train_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_train_end(run)
    }
    fn on_epoch_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_epoch_begin(run)
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        (**self).on_epoch_end(run, logs)
    }
    fn on_batch_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_batch_begin(run)
    }
    fn on_batch_end(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_batch_end(run)
    }
}
