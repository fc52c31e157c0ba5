//! `CenterCrop`: the middle of images.

use saola_graph::{DType, Symbol};
use saola_tensor::{Error, Result};

use super::Resizing;
use super::resizing::{rows, sides};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// The middle of images `[batch, height, width, channels]`, or of one without the batch, as `f32`. Where an image is
/// smaller than that, it is resized, and what is then too much of it is cut off. Keras's `CenterCrop`.
#[derive(Clone, Debug)]
pub struct CenterCrop {
    pub(crate) base: Base,
    height: usize,
    width: usize,
    channels_first: bool,
}

common!(CenterCrop);

impl CenterCrop {
    /// With `height` rows and `width` columns of pixels.
    pub fn new(height: usize, width: usize) -> CenterCrop {
        CenterCrop { base: Base::new(), height, width, channels_first: false }
    }

    /// Channels are in front of the rows.
    #[must_use]
    pub fn channels_first(mut self) -> CenterCrop {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<CenterCrop> {
        Ok(CenterCrop {
            base: config.base(),
            height: config.size("height")?,
            width: config.size("width")?,
            channels_first: config.channels_first()?,
        })
    }

    fn cropped(&self, x: &Symbol) -> Result<Symbol> {
        if !(3..=4).contains(&x.rank()) {
            return Err(Error::shape(format!("CenterCrop: images of {}", x.dims()))
                .help("give height, width and channels, and a batch in front"));
        }
        let rows = rows(x.rank(), self.channels_first);
        let [h, w] = sides(x, rows, "CenterCrop")?;
        if h < self.height || w < self.width {
            let resizing = Resizing::new(self.height, self.width).crop_to_aspect_ratio();
            return if self.channels_first { resizing.channels_first() } else { resizing }.resized(x);
        }
        let (top, left, axis) = ((h - self.height) / 2, (w - self.width) / 2, rows as isize);
        let x = x.cast(DType::F32).slice(axis, top..top + self.height);
        Ok(x.slice(axis + 1, left..left + self.width))
    }
}

impl Layer for CenterCrop {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("CenterCrop")
            .with("height", self.height)
            .with("width", self.width)
            .with("data_format", if self.channels_first { "channels_first" } else { "channels_last" }))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.cropped(x).unwrap_or_else(Symbol::poisoned)
    }
}
