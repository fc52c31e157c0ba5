//! `Identity`: what comes in.

use saola_graph::Symbol;
use saola_tensor::Result;

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// The input itself: a place holder where a layer is expected. Keras's `Identity`.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    pub(crate) base: Base,
}

common!(Identity);

impl Identity {
    /// The layer.
    pub fn new() -> Identity {
        Identity::default()
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Identity> {
        Ok(Identity { base: config.base() })
    }
}

impl Layer for Identity {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Identity"))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        x.clone()
    }
}
