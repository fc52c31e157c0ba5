//! `LogCoshError`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of ln cosh(prediction − label). Keras's metric `LogCoshError`.
    pub struct LogCoshError("LogCoshError", "logcosh") {}
}

impl LogCoshError {
    /// The metric.
    pub fn new() -> LogCoshError {
        LogCoshError::default()
    }
}

impl Metric for LogCoshError {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::LogCosh::new().values(y_true, y_pred)
    }
}
