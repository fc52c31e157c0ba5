//! `ZeroPadding2D`: zeros around an image.

use saola_graph::{PadMode, Symbol};
use saola_tensor::Result;

use super::Margins;
use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Zeros around an image. The pairs say how many positions lie before and behind along each spatial axis.
///
/// Shapes: `[batch, height, width, channels]` gives the same with more along its spatial axes. Keras's `ZeroPadding2D`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::ZeroPadding2D;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 8.into(), 8.into(), 3.into()]);
/// let y = Scope::new(&mut Weights::new()).call(&ZeroPadding2D::new([(1, 2), (0, 0)]), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 11, 8, 3]");
/// ```
#[derive(Clone, Debug)]
pub struct ZeroPadding2D {
    pub(crate) base: Base,
    padding: Margins<2>,
    channels_first: bool,
}

common!(ZeroPadding2D);

impl ZeroPadding2D {
    /// A layer that puts so many zeros around.
    pub fn new(padding: impl Into<Margins<2>>) -> ZeroPadding2D {
        ZeroPadding2D { base: Base::new(), padding: padding.into(), channels_first: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> ZeroPadding2D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<ZeroPadding2D> {
        Ok(ZeroPadding2D {
            base: config.base(),
            padding: Margins(config.margins("padding")?),
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        check_rank("ZeroPadding2D", x, 2)?;
        let first = if self.channels_first { 2 } else { 1 };
        let mut widths = vec![(0, 0); x.rank()];
        widths[first..first + 2].copy_from_slice(&self.padding.0);
        Ok(x.pad(widths, PadMode::Constant(0.0)))
    }
}

impl Default for ZeroPadding2D {
    /// A margin of 1 on all sides.
    fn default() -> ZeroPadding2D {
        ZeroPadding2D::new(1)
    }
}

impl Layer for ZeroPadding2D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("ZeroPadding2D").with("padding", self.padding.config());
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
