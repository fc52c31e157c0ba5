//! `Hinge`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`Hinge`](crate::losses::Hinge). Keras's metric `Hinge`.
    pub struct Hinge("Hinge", "hinge") {}
}

impl Hinge {
    /// The metric.
    pub fn new() -> Hinge {
        Hinge::default()
    }
}

impl Metric for Hinge {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::Hinge::new().values(y_true, y_pred)
    }
}
