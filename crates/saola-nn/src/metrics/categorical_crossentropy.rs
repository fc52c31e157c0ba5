//! `CategoricalCrossentropy`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`CategoricalCrossentropy`](crate::losses::CategoricalCrossentropy), on probabilities or logits. Keras's metric `CategoricalCrossentropy`.
    pub struct CategoricalCrossentropy("CategoricalCrossentropy", "categorical_crossentropy") {
        /// Moves labels by this fraction towards the uniform distribution; 0 by default.
        label_smoothing: f64 = 0.0,
        /// The axis of the classes; the last by default.
        axis: isize = -1,
    } plain {
        from_logits: bool = false,
    }
}

impl CategoricalCrossentropy {
    /// The metric.
    pub fn new() -> CategoricalCrossentropy {
        CategoricalCrossentropy::default()
    }

    /// The metric on logits.
    pub fn from_logits() -> CategoricalCrossentropy {
        CategoricalCrossentropy { from_logits: true, ..CategoricalCrossentropy::default() }
    }
}

impl Metric for CategoricalCrossentropy {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        let loss = match self.from_logits {
            true => losses::CategoricalCrossentropy::from_logits(),
            false => losses::CategoricalCrossentropy::new(),
        };
        loss.label_smoothing(self.label_smoothing).axis(self.axis).values(y_true, y_pred)
    }
}
