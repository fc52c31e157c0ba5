//! `Cropping2D`: an image without its borders.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::Margins;
use super::spatial::data_format;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// An image without its borders. The pairs say how many positions lie before and behind along each spatial axis.
///
/// Shapes: `[batch, height, width, channels]` gives the same with less along its spatial axes. Keras's `Cropping2D`.
#[derive(Clone, Debug)]
pub struct Cropping2D {
    pub(crate) base: Base,
    cropping: Margins<2>,
    channels_first: bool,
}

common!(Cropping2D);

impl Cropping2D {
    /// A layer that takes so many positions away.
    pub fn new(cropping: impl Into<Margins<2>>) -> Cropping2D {
        Cropping2D { base: Base::new(), cropping: cropping.into(), channels_first: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> Cropping2D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Cropping2D> {
        Ok(Cropping2D {
            base: config.base(),
            cropping: Margins(config.margins("cropping")?),
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        self.cropping.cropped("Cropping2D", x, self.channels_first)
    }
}

impl Default for Cropping2D {
    /// Nothing is taken away.
    fn default() -> Cropping2D {
        Cropping2D::new(0)
    }
}

impl Layer for Cropping2D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("Cropping2D").with("cropping", self.cropping.config());
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
