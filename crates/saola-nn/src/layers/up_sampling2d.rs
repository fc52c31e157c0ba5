//! `UpSampling2D`: larger images.

use saola_graph::{PerAxis, Resize, Symbol};
use saola_tensor::{Error, Result};

use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Images so many times as high and wide, with each pixel repeated or, with `"bilinear"`, with new ones between them.
/// Shapes: `[batch, height, width, channels]` gives `[batch, height · size, width · size, channels]`. Keras's
/// `UpSampling2D`, of whose interpolations `"bicubic"`, `"lanczos3"` and `"lanczos5"` are not there.
#[derive(Clone, Debug)]
pub struct UpSampling2D {
    pub(crate) base: Base,
    size: PerAxis,
    channels_first: bool,
    bilinear: bool,
}

common!(UpSampling2D);

impl UpSampling2D {
    /// So many times along both axes, or one number for each.
    pub fn new(size: impl Into<PerAxis>) -> UpSampling2D {
        UpSampling2D { base: Base::new(), size: size.into(), channels_first: false, bilinear: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> UpSampling2D {
        self.channels_first = true;
        self
    }

    /// Pixels between others are a mean of them, by how near they are. The extents of the input must be known.
    #[must_use]
    pub fn bilinear(mut self) -> UpSampling2D {
        self.bilinear = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<UpSampling2D> {
        Ok(UpSampling2D {
            base: config.base(),
            size: config.extents("size", 2)?.into(),
            channels_first: config.channels_first()?,
            bilinear: config.word("interpolation", &["nearest", "bilinear"])? == "bilinear",
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        check_rank("UpSampling2D", x, 2)?;
        let first = if self.channels_first { 2 } else { 1 };
        let size = self.size.of_rank(2)?;
        if !self.bilinear {
            return Ok(x.repeat(size[0], first).repeat(size[1], first + 1));
        }
        let extent = |i: usize| {
            let known = x.dim(first + i as isize).known().and_then(|n| n.checked_mul(size[i]));
            known.ok_or_else(|| {
                Error::shape(format!("UpSampling2D: the extents of {} are not all known", x.spec()))
                    .help("give height and width of the input")
            })
        };
        let resize = Resize::new(extent(0)?, extent(1)?);
        Ok(if self.channels_first { resize.channels_first() } else { resize }.call(x))
    }
}

impl Default for UpSampling2D {
    /// Twice as high and wide.
    fn default() -> UpSampling2D {
        UpSampling2D::new(2)
    }
}

impl Layer for UpSampling2D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("UpSampling2D")
            .with("size", self.size.of_rank(2)?)
            .with("data_format", data_format(self.channels_first))
            .with("interpolation", if self.bilinear { "bilinear" } else { "nearest" }))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
