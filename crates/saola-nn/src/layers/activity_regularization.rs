//! `ActivityRegularization`: what comes in, and a loss for it.

use saola_graph::Symbol;
use saola_tensor::Result;

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::regularizers::{L1L2, Regularizer};
use crate::{Layer, LayerConfig, Scope};

/// The input itself, whose absolute values and squares are added to the loss with these factors, divided by the number of
/// examples. Keras's `ActivityRegularization`.
#[derive(Clone, Debug)]
pub struct ActivityRegularization {
    pub(crate) base: Base,
    l1: f64,
    l2: f64,
}

common!(ActivityRegularization);

impl ActivityRegularization {
    /// With these factors for absolute values and squares, from 0 up.
    pub fn new(l1: f64, l2: f64) -> ActivityRegularization {
        ActivityRegularization { base: Base::new(), l1, l2 }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<ActivityRegularization> {
        Ok(ActivityRegularization {
            base: config.base(),
            l1: config.number_or("l1", 0.0)?,
            l2: config.number_or("l2", 0.0)?,
        })
    }
}

impl Layer for ActivityRegularization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("ActivityRegularization").with("l1", self.l1).with("l2", self.l2))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        cx.add_activity(&L1L2::new(self.l1, self.l2).loss(x), x);
        x.clone()
    }
}
