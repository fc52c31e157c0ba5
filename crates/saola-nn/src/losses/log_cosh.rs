//! `LogCosh`.

use saola_graph::Symbol;

use super::mean_last;
use super::{Loss, aligned, loss};

loss! {
    /// The mean of ln cosh(prediction − label) over the last axis: a square near 0, an absolute value far from it. Keras's
    /// `LogCosh`.
    pub struct LogCosh("LogCosh", "log_cosh") {}
}

impl LogCosh {
    /// The loss.
    pub fn new() -> LogCosh {
        LogCosh::default()
    }
}

impl Loss for LogCosh {
    super::methods!();
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        let error = p - y;
        mean_last(&(&error + (&error * -2.0).softplus() - std::f64::consts::LN_2))
    }
}

/// The loss of each example. Keras's `log_cosh`.
#[track_caller]
pub fn log_cosh(y_true: &Symbol, y_pred: &Symbol) -> Symbol {
    LogCosh::default().values(y_true, y_pred)
}
