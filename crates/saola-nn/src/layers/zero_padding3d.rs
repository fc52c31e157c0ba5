//! `ZeroPadding3D`: zeros around a volume.

use saola_graph::{PadMode, Symbol};
use saola_tensor::Result;

use super::Margins;
use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Zeros around a volume. The pairs say how many positions lie before and behind along each spatial axis.
///
/// Shapes: `[batch, x, y, z, channels]` gives the same with more along its spatial axes. Keras's `ZeroPadding3D`.
#[derive(Clone, Debug)]
pub struct ZeroPadding3D {
    pub(crate) base: Base,
    padding: Margins<3>,
    channels_first: bool,
}

common!(ZeroPadding3D);

impl ZeroPadding3D {
    /// A layer that puts so many zeros around.
    pub fn new(padding: impl Into<Margins<3>>) -> ZeroPadding3D {
        ZeroPadding3D { base: Base::new(), padding: padding.into(), channels_first: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> ZeroPadding3D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<ZeroPadding3D> {
        Ok(ZeroPadding3D {
            base: config.base(),
            padding: Margins(config.margins("padding")?),
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        check_rank("ZeroPadding3D", x, 3)?;
        let first = if self.channels_first { 2 } else { 1 };
        let mut widths = vec![(0, 0); x.rank()];
        widths[first..first + 3].copy_from_slice(&self.padding.0);
        Ok(x.pad(widths, PadMode::Constant(0.0)))
    }
}

impl Default for ZeroPadding3D {
    /// A margin of 1 on all sides.
    fn default() -> ZeroPadding3D {
        ZeroPadding3D::new(1)
    }
}

impl Layer for ZeroPadding3D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("ZeroPadding3D").with("padding", self.padding.config());
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
