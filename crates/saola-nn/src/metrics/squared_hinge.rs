//! `SquaredHinge`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`SquaredHinge`](crate::losses::SquaredHinge). Keras's metric `SquaredHinge`.
    pub struct SquaredHinge("SquaredHinge", "squared_hinge") {}
}

impl SquaredHinge {
    /// The metric.
    pub fn new() -> SquaredHinge {
        SquaredHinge::default()
    }
}

impl Metric for SquaredHinge {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::SquaredHinge::new().values(y_true, y_pred)
    }
}
