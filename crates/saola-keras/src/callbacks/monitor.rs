//! What callbacks go by that watch one value.

use saola_nn::metrics::Direction;
use saola_tensor::{Error, Result};

use super::Logs;
use crate::training::Run;

/// Which way a watched value gets better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// As the metric says: losses downwards, accuracies upwards.
    #[default]
    Auto,
    /// Less is better.
    Min,
    /// More is better.
    Max,
}

/// A value, and the best that it was.
#[derive(Clone, Debug)]
pub(super) struct Monitor {
    pub(super) name: String,
    pub(super) mode: Mode,
    /// How much better counts as better.
    pub(super) min_delta: f64,
    pub(super) best: Option<f64>,
}

impl Monitor {
    pub(super) fn new(name: &str) -> Monitor {
        Monitor { name: name.to_string(), mode: Mode::Auto, min_delta: 0.0, best: None }
    }

    /// The value, which must be there.
    pub(super) fn value(&self, logs: &Logs) -> Result<f64> {
        logs.get(&self.name).map_err(|e| e.context(format!("the monitor `{}` does not exist", self.name)))
    }

    /// Whether `value` is better than `than`, or than nothing.
    pub(super) fn is_better(&self, run: &Run<'_>, value: f64, than: Option<f64>) -> Result<bool> {
        let direction = match self.mode {
            Mode::Min => Direction::Down,
            Mode::Max => Direction::Up,
            Mode::Auto => run.direction(&self.name).ok_or_else(|| {
                Error::value(format!("it is not known which way `{}` gets better", self.name))
                    .help("set the mode: `Mode::Min` or `Mode::Max`")
            })?,
        };
        Ok(than.is_none_or(|than| match direction {
            Direction::Down => value + self.min_delta < than,
            Direction::Up => value - self.min_delta > than,
        }))
    }

    /// Whether the value is the best so far, which it then is.
    pub(super) fn improves(&mut self, run: &Run<'_>, value: f64) -> Result<bool> {
        let better = self.is_better(run, value, self.best)?;
        if better {
            self.best = Some(value);
        }
        Ok(better)
    }
}

/// Adds the builder methods of a callback that watches one value.
macro_rules! watches {
    ($callback:ident) => {
        impl $callback {
            /// Which way the value gets better; as the metric says by default.
            #[must_use]
            pub fn mode(mut self, mode: $crate::callbacks::Mode) -> $callback {
                self.monitor.mode = mode;
                self
            }
        }
    };
}
pub(super) use watches;
