//! `Poisson`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`Poisson`](crate::losses::Poisson). Keras's metric `Poisson`.
    pub struct Poisson("Poisson", "poisson") {}
}

impl Poisson {
    /// The metric.
    pub fn new() -> Poisson {
        Poisson::default()
    }
}

impl Metric for Poisson {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::Poisson::new().values(y_true, y_pred)
    }
}
