//! `ExactAccuracy`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::aligned;

metric! {
    /// How often a prediction equals the label as a number. Keras's class `Accuracy`; what Keras makes of the string
    /// `"accuracy"` is [`Accuracy`](super::Accuracy).
    pub struct ExactAccuracy("Accuracy", "accuracy") {}
}

impl ExactAccuracy {
    /// The metric.
    pub fn new() -> ExactAccuracy {
        ExactAccuracy::default()
    }
}

impl Metric for ExactAccuracy {
    super::methods!(Up);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let (y, p) = match aligned(&self.name, y_true, y_pred) {
            Ok(both) => both,
            Err(error) => return Symbol::poisoned(error),
        };
        y.equal(p).cast(saola_tensor::DType::F32)
    }
}
