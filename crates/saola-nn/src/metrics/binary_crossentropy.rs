//! `BinaryCrossentropy`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`BinaryCrossentropy`](crate::losses::BinaryCrossentropy), on probabilities or logits. Keras's metric `BinaryCrossentropy`.
    pub struct BinaryCrossentropy("BinaryCrossentropy", "binary_crossentropy") {
        /// Moves labels by this fraction towards ½; 0 by default.
        label_smoothing: f64 = 0.0,
    } plain {
        from_logits: bool = false,
    }
}

impl BinaryCrossentropy {
    /// The metric.
    pub fn new() -> BinaryCrossentropy {
        BinaryCrossentropy::default()
    }

    /// The metric on logits.
    pub fn from_logits() -> BinaryCrossentropy {
        BinaryCrossentropy { from_logits: true, ..BinaryCrossentropy::default() }
    }
}

impl Metric for BinaryCrossentropy {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let loss = match self.from_logits {
            true => losses::BinaryCrossentropy::from_logits(),
            false => losses::BinaryCrossentropy::new(),
        };
        loss.label_smoothing(self.label_smoothing).values(y_true, y_pred)
    }
}
