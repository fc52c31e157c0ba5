//! `CategoricalHinge`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`CategoricalHinge`](crate::losses::CategoricalHinge). Keras's metric `CategoricalHinge`.
    pub struct CategoricalHinge("CategoricalHinge", "categorical_hinge") {}
}

impl CategoricalHinge {
    /// The metric.
    pub fn new() -> CategoricalHinge {
        CategoricalHinge::default()
    }
}

impl Metric for CategoricalHinge {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::CategoricalHinge::new().values(y_true, y_pred)
    }
}
