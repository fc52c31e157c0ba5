//! `ELU`: the exponential linear unit.

use saola_graph::Symbol;
use saola_tensor::Result;

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// x where it is positive, else `alpha · (e^x − 1)`; the factor is 1 by default. Shapes stay. Keras's `ELU` (Clevert et
/// al., 2016).
#[derive(Clone, Debug)]
pub struct ELU {
    pub(crate) base: Base,
    alpha: f64,
}

common!(ELU);

impl ELU {
    /// With a factor of 1.
    pub fn new() -> ELU {
        ELU { base: Base::new(), alpha: 1.0 }
    }

    /// Another factor.
    #[must_use]
    pub fn alpha(mut self, alpha: f64) -> ELU {
        self.alpha = alpha;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<ELU> {
        Ok(ELU { base: config.base(), alpha: config.number_or("alpha", 1.0)? })
    }
}

impl Default for ELU {
    fn default() -> ELU {
        ELU::new()
    }
}

impl Layer for ELU {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("ELU").with("alpha", self.alpha))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        x.elu(self.alpha)
    }
}
