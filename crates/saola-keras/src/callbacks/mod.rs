//! Callbacks: what happens beside training, one file each.
//!
//! Keras's `History` is what `fit` returns, and its `ProgbarLogger` is [`Progress`](crate::Progress), which every loop has.
//! `RemoteMonitor` is left out: it would need a client for HTTP.

mod backup_and_restore;
mod board_graph;
mod csv_logger;
mod early_stopping;
mod lambda;
mod learning_rate_scheduler;
mod logs;
mod model_checkpoint;
mod monitor;
mod path;
mod reduce_lr_on_plateau;
mod swap_ema_weights;
mod tensor_board;
mod terminate_on_nan;

pub use backup_and_restore::BackupAndRestore;
pub use csv_logger::CsvLogger;
pub use early_stopping::EarlyStopping;
pub use lambda::{LambdaCallback, OnEpochEnd};
pub use learning_rate_scheduler::LearningRateScheduler;
pub use logs::Logs;
pub use model_checkpoint::ModelCheckpoint;
pub use monitor::Mode;
pub use reduce_lr_on_plateau::ReduceLrOnPlateau;
pub use swap_ema_weights::SwapEmaWeights;
pub use tensor_board::TensorBoard;
pub use terminate_on_nan::TerminateOnNan;

use saola_tensor::Result;

use crate::Model;
use crate::training::Run;

/// How often something is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Frequency {
    /// After every epoch.
    #[default]
    Epoch,
    /// After so many steps, counted over all epochs.
    Steps(usize),
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

    /// After an epoch, with loss and metrics, `val_` ones among them. [`Run::log`] adds to them.
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

    /// Before an evaluation, be it in training or on its own.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_test_begin(&mut self, _run: &mut Run<'_>) -> Result<()> {
        Ok(())
    }

    /// After an evaluation, with loss and metrics.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_test_end(&mut self, _run: &mut Run<'_>, _logs: &Logs) -> Result<()> {
        Ok(())
    }

    /// Before batch `step` of an evaluation, counted from 0.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_test_batch_begin(&mut self, _run: &mut Run<'_>, _step: usize) -> Result<()> {
        Ok(())
    }

    /// After batch `step` of an evaluation, counted from 0.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_test_batch_end(&mut self, _run: &mut Run<'_>, _step: usize) -> Result<()> {
        Ok(())
    }

    /// Before a prediction.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_predict_begin(&mut self, _model: &Model) -> Result<()> {
        Ok(())
    }

    /// After a prediction.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_predict_end(&mut self, _model: &Model) -> Result<()> {
        Ok(())
    }

    /// Before batch `step` of a prediction, counted from 0.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_predict_batch_begin(&mut self, _model: &Model, _step: usize) -> Result<()> {
        Ok(())
    }

    /// After batch `step` of a prediction, counted from 0.
    ///
    /// # Errors
    /// Whatever the callback finds wrong.
    fn on_predict_batch_end(&mut self, _model: &Model, _step: usize) -> Result<()> {
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
    fn on_test_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        (**self).on_test_begin(run)
    }
    fn on_test_end(&mut self, run: &mut Run<'_>, logs: &Logs) -> Result<()> {
        (**self).on_test_end(run, logs)
    }
    fn on_test_batch_begin(&mut self, run: &mut Run<'_>, step: usize) -> Result<()> {
        (**self).on_test_batch_begin(run, step)
    }
    fn on_test_batch_end(&mut self, run: &mut Run<'_>, step: usize) -> Result<()> {
        (**self).on_test_batch_end(run, step)
    }
    fn on_predict_begin(&mut self, model: &Model) -> Result<()> {
        (**self).on_predict_begin(model)
    }
    fn on_predict_end(&mut self, model: &Model) -> Result<()> {
        (**self).on_predict_end(model)
    }
    fn on_predict_batch_begin(&mut self, model: &Model, step: usize) -> Result<()> {
        (**self).on_predict_batch_begin(model, step)
    }
    fn on_predict_batch_end(&mut self, model: &Model, step: usize) -> Result<()> {
        (**self).on_predict_batch_end(model, step)
    }
}
