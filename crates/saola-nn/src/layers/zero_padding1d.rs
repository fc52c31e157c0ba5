//! `ZeroPadding1D`: zeros around a sequence.

use saola_graph::{PadMode, Symbol};
use saola_tensor::Result;

use super::Margins;
use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Zeros around a sequence. The pairs say how many positions lie before and behind along each spatial axis.
///
/// Shapes: `[batch, steps, channels]` gives the same with more along its spatial axes. Keras's `ZeroPadding1D`.
#[derive(Clone, Debug)]
pub struct ZeroPadding1D {
    pub(crate) base: Base,
    padding: Margins<1>,
    channels_first: bool,
}

common!(ZeroPadding1D);

impl ZeroPadding1D {
    /// A layer that puts so many zeros around.
    pub fn new(padding: impl Into<Margins<1>>) -> ZeroPadding1D {
        ZeroPadding1D { base: Base::new(), padding: padding.into(), channels_first: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> ZeroPadding1D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<ZeroPadding1D> {
        Ok(ZeroPadding1D {
            base: config.base(),
            padding: Margins(config.margins("padding")?),
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        check_rank("ZeroPadding1D", x, 1)?;
        let first = if self.channels_first { 2 } else { 1 };
        let mut widths = vec![(0, 0); x.rank()];
        widths[first..first + 1].copy_from_slice(&self.padding.0);
        Ok(x.pad(widths, PadMode::Constant(0.0)))
    }
}

impl Default for ZeroPadding1D {
    /// A margin of 1 on all sides.
    fn default() -> ZeroPadding1D {
        ZeroPadding1D::new(1)
    }
}

impl Layer for ZeroPadding1D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("ZeroPadding1D").with("padding", self.padding.config());
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
