//! `Cropping1D`: a sequence without its borders.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::Margins;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// A sequence without its borders. The pairs say how many positions lie before and behind along each spatial axis.
///
/// Shapes: `[batch, steps, channels]` gives the same with less along its spatial axes. Keras's `Cropping1D`.
#[derive(Clone, Debug)]
pub struct Cropping1D {
    pub(crate) base: Base,
    cropping: Margins<1>,
}

common!(Cropping1D);

impl Cropping1D {
    /// A layer that takes so many positions away.
    pub fn new(cropping: impl Into<Margins<1>>) -> Cropping1D {
        Cropping1D { base: Base::new(), cropping: cropping.into() }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Cropping1D> {
        Ok(Cropping1D { base: config.base(), cropping: Margins(config.margins("cropping")?) })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        self.cropping.cropped("Cropping1D", x, false)
    }
}

impl Default for Cropping1D {
    /// A margin of 1 on all sides.
    fn default() -> Cropping1D {
        Cropping1D::new(1)
    }
}

impl Layer for Cropping1D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("Cropping1D").with("cropping", self.cropping.config());
        Ok(config)
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
