//! `Cropping3D`: a volume without its borders.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::Margins;
use super::spatial::data_format;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// A volume without its borders. The pairs say how many positions lie before and behind along each spatial axis.
///
/// Shapes: `[batch, x, y, z, channels]` gives the same with less along its spatial axes. Keras's `Cropping3D`.
#[derive(Clone, Debug)]
pub struct Cropping3D {
    pub(crate) base: Base,
    cropping: Margins<3>,
    channels_first: bool,
}

common!(Cropping3D);

impl Cropping3D {
    /// A layer that takes so many positions away.
    pub fn new(cropping: impl Into<Margins<3>>) -> Cropping3D {
        Cropping3D { base: Base::new(), cropping: cropping.into(), channels_first: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> Cropping3D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Cropping3D> {
        Ok(Cropping3D {
            base: config.base(),
            cropping: Margins(config.margins("cropping")?),
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        self.cropping.cropped("Cropping3D", x, self.channels_first)
    }
}

impl Default for Cropping3D {
    /// A margin of 1 on all sides.
    fn default() -> Cropping3D {
        Cropping3D::new(1)
    }
}

impl Layer for Cropping3D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("Cropping3D").with("cropping", self.cropping.config());
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
