//! `LearningRateScheduler`.

use saola_tensor::{Error, Result};

use super::{Callback, Logs};
use crate::training::Run;

/// Sets the learning rate before each epoch to what a function makes of the epoch, from 0, and the rate so far. Keras's
/// `LearningRateScheduler`.
///
/// ```
/// use saola_keras::Fit;
/// use saola_keras::callbacks::LearningRateScheduler;
///
/// let halved = LearningRateScheduler::new(|epoch, rate| if epoch < 10 { rate } else { rate * 0.5 });
/// let fit = Fit::epochs(15).callback(halved);
/// ```
#[derive(Clone, Debug)]
pub struct LearningRateScheduler<F>(F);

impl<F: FnMut(usize, f64) -> f64> LearningRateScheduler<F> {
    /// With this function.
    pub fn new(schedule: F) -> LearningRateScheduler<F> {
        LearningRateScheduler(schedule)
    }
}

impl<F: FnMut(usize, f64) -> f64> Callback for LearningRateScheduler<F> {
    fn on_epoch_begin(&mut self, run: &mut Run<'_>) -> Result<()> {
        let rate = (self.0)(run.epoch(), run.learning_rate()?);
        if !(rate.is_finite() && rate >= 0.0) {
            return Err(Error::value(format!(
                "the schedule gives epoch {} the learning rate {rate}",
                run.epoch()
            ))
            .help("give a number that is not negative"));
        }
        run.set_learning_rate(rate)
    }
    fn on_epoch_end(&mut self, run: &mut Run<'_>, _logs: &Logs) -> Result<()> {
        let rate = run.learning_rate()?;
        run.log("learning_rate", rate);
        Ok(())
    }
}
