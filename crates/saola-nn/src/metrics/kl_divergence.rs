//! `KlDivergence`.

use saola_graph::Symbol;

use super::{Direction, Metric, metric};
use crate::losses::{self, Loss};

metric! {
    /// The mean of the loss [`KlDivergence`](crate::losses::KlDivergence). Keras's metric `KLDivergence`.
    pub struct KlDivergence("KLDivergence", "kl_divergence") {}
}

impl KlDivergence {
    /// The metric.
    pub fn new() -> KlDivergence {
        KlDivergence::default()
    }
}

impl Metric for KlDivergence {
    super::methods!(Down);
    #[track_caller]
    fn values(&self, y_true: &Symbol, y_pred: &Symbol) -> Symbol {
        losses::KlDivergence::new().values(y_true, y_pred)
    }
}
