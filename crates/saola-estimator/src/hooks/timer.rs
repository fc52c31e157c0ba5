//! `SecondOrStepTimer`: when something that happens every so often is due.

use std::time::{Duration, Instant};

use crate::config::Cadence;

/// Says when something that happens every so many seconds or steps is due. The first time it always is. The reference's
/// `SecondOrStepTimer`.
///
/// ```
/// use saola_estimator::hooks::SecondOrStepTimer;
///
/// let mut timer = SecondOrStepTimer::every_steps(10);
/// let due: Vec<i64> = (1..=25).filter(|&step| timer.triggers(step)).collect();
/// assert_eq!(due, [1, 11, 21]);
/// ```
#[derive(Clone, Debug)]
pub struct SecondOrStepTimer {
    every: Cadence,
    last: Option<(i64, Instant)>,
}

impl SecondOrStepTimer {
    /// Due every so many steps.
    pub fn every_steps(steps: u64) -> SecondOrStepTimer {
        SecondOrStepTimer::new(Cadence::Steps(steps))
    }

    /// Due every so many seconds.
    pub fn every_secs(seconds: f64) -> SecondOrStepTimer {
        SecondOrStepTimer::new(Cadence::Seconds(seconds))
    }

    pub(crate) fn new(every: Cadence) -> SecondOrStepTimer {
        SecondOrStepTimer { every, last: None }
    }

    /// Whether it is due at the global step `step`, which is then the last at which it was.
    pub fn triggers(&mut self, step: i64) -> bool {
        let due = self.is_due(step);
        if due {
            self.update(step);
        }
        due
    }

    /// Whether it is due at the global step `step`.
    pub fn is_due(&self, step: i64) -> bool {
        let Some((last, time)) = self.last else { return self.every != Cadence::Never };
        match self.every {
            _ if last == step => false,
            Cadence::Never => false,
            Cadence::Steps(n) => step - last >= n as i64,
            Cadence::Seconds(s) => time.elapsed().as_secs_f64() >= s,
        }
    }

    /// Takes `step` for the last at which it was due, and says how many steps and how much time lay between.
    pub fn update(&mut self, step: i64) -> Option<(i64, Duration)> {
        let before = self.last.replace((step, Instant::now()))?;
        Some((step - before.0, before.1.elapsed()))
    }

    /// The last step at which it was due.
    pub fn last_step(&self) -> Option<i64> {
        self.last.map(|l| l.0)
    }
}
