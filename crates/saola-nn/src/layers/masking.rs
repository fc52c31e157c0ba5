//! `Masking`: steps that are padding.

use saola_graph::{Symbol, select};
use saola_tensor::Result;

use crate::config::ConfigReader;
use crate::layer::{Base, Masking as Masks, common};
use crate::{Layer, LayerConfig, Scope};

/// Gives a sequence a mask: a step counts where any of its features is not `mask_value`, which is 0 by default. Steps
/// that do not count are made zeros. Shapes: `[batch, steps, features]` stays. Keras's `Masking`.
#[derive(Clone, Debug)]
pub struct Masking {
    pub(crate) base: Base,
    mask_value: f64,
}

common!(Masking);

impl Masking {
    /// Steps of zeros are padding.
    pub fn new() -> Masking {
        Masking { base: Base::new(), mask_value: 0.0 }
    }

    /// Steps of this number are padding.
    #[must_use]
    pub fn mask_value(mut self, mask_value: f64) -> Masking {
        self.mask_value = mask_value;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Masking> {
        Ok(Masking { base: config.base(), mask_value: config.number_or("mask_value", 0.0)? })
    }
}

impl Default for Masking {
    fn default() -> Masking {
        Masking::new()
    }
}

impl Layer for Masking {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Masking").with("mask_value", self.mask_value))
    }

    fn masking(&self) -> Masks {
        Masks::Own
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let mask = x.not_equal(self.mask_value).any_over(-1);
        let y = select(&mask.expand_dims(-1), x, 0.0);
        cx.set_mask(&y, Some(&mask));
        y
    }
}
