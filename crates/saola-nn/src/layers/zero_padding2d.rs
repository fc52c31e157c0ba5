//! `ZeroPadding2D`: zeros around an image.

use saola_graph::{PadMode, Symbol};
use saola_tensor::Result;

use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Zeros around an image.
///
/// Shapes: `[batch, height, width, channels]` gives `[batch, top + height + bottom, left + width + right, channels]`.
/// Keras's `ZeroPadding2D`.
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
    padding: [(usize, usize); 2],
    channels_first: bool,
}

/// How many zeros lie before and after the two axes of an image: one number for all four sides, one for each axis,
/// or a pair for each axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins([(usize, usize); 2]);

impl From<usize> for Margins {
    fn from(n: usize) -> Margins {
        Margins([(n, n); 2])
    }
}

impl From<[usize; 2]> for Margins {
    fn from([height, width]: [usize; 2]) -> Margins {
        Margins([(height, height), (width, width)])
    }
}

impl From<[(usize, usize); 2]> for Margins {
    fn from(pairs: [(usize, usize); 2]) -> Margins {
        Margins(pairs)
    }
}

common!(ZeroPadding2D);

impl ZeroPadding2D {
    /// A layer that puts so many zeros around.
    pub fn new(padding: impl Into<Margins>) -> ZeroPadding2D {
        ZeroPadding2D { base: Base::new(), padding: padding.into().0, channels_first: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> ZeroPadding2D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<ZeroPadding2D> {
        let pairs = config.pairs("padding", 2)?;
        Ok(ZeroPadding2D {
            base: config.base(),
            padding: [pairs[0], pairs[1]],
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        check_rank("ZeroPadding2D", x, 2)?;
        let [height, width] = self.padding;
        let widths = match self.channels_first {
            true => [(0, 0), (0, 0), height, width],
            false => [(0, 0), height, width, (0, 0)],
        };
        Ok(x.pad(widths, PadMode::Constant(0.0)))
    }
}

impl Layer for ZeroPadding2D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let pairs: Vec<Vec<usize>> = self.padding.iter().map(|p| vec![p.0, p.1]).collect();
        Ok(LayerConfig::new("ZeroPadding2D")
            .with("padding", pairs)
            .with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
