//! `Resizing`: images of another size.

use saola_graph::{DType, Dim, PadMode, Resize, Symbol};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Images `[batch, height, width, channels]`, or one without the batch, in another size, as `f32`. Bilinear, without
/// smoothing. Keras's `Resizing`, which gives integers for images of integers; here they keep their fractions.
#[derive(Clone, Debug)]
pub struct Resizing {
    pub(crate) base: Base,
    height: usize,
    width: usize,
    nearest: bool,
    fit: Fit,
    fill_value: f64,
    channels_first: bool,
}

/// What becomes of images of another ratio of the sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    Stretch,
    Crop,
    Pad,
}

common!(Resizing);

impl Resizing {
    /// To `height` rows and `width` columns of pixels.
    pub fn new(height: usize, width: usize) -> Resizing {
        Resizing {
            base: Base::new(),
            height,
            width,
            nearest: false,
            fit: Fit::Stretch,
            fill_value: 0.0,
            channels_first: false,
        }
    }

    /// Takes the nearest pixel.
    #[must_use]
    pub fn nearest(mut self) -> Resizing {
        self.nearest = true;
        self
    }

    /// Keeps the ratio of the sides and cuts off what is too much, evenly on both sides.
    #[must_use]
    pub fn crop_to_aspect_ratio(mut self) -> Resizing {
        self.fit = Fit::Crop;
        self
    }

    /// Keeps the ratio of the sides and adds pixels of `fill_value` where some are missing, evenly on both sides.
    #[must_use]
    pub fn pad_to_aspect_ratio(mut self, fill_value: f64) -> Resizing {
        (self.fit, self.fill_value) = (Fit::Pad, fill_value);
        self
    }

    /// Channels are in front of the rows.
    #[must_use]
    pub fn channels_first(mut self) -> Resizing {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Resizing> {
        config.only("fill_mode", &"constant".into())?;
        config.only("antialias", &false.into())?;
        let crop = config.truth("crop_to_aspect_ratio", false)?;
        let pad = config.truth("pad_to_aspect_ratio", false)?;
        if crop && pad {
            return Err(config.refuse("pad_to_aspect_ratio", &true.into(), "one of cropping and padding"));
        }
        Ok(Resizing {
            base: config.base(),
            height: config.size("height")?,
            width: config.size("width")?,
            nearest: config.word("interpolation", &["bilinear", "nearest"])? == "nearest",
            fit: if crop {
                Fit::Crop
            } else if pad {
                Fit::Pad
            } else {
                Fit::Stretch
            },
            fill_value: config.number_or("fill_value", 0.0)?,
            channels_first: config.channels_first()?,
        })
    }

    pub(super) fn resized(&self, x: &Symbol) -> Result<Symbol> {
        let x = x.cast(DType::F32);
        if !(3..=4).contains(&x.rank()) || self.height == 0 || self.width == 0 {
            let text = format!("Resizing: {} to {} by {}", x.dims(), self.height, self.width);
            return Err(Error::shape(text).help("give images with channels, and sizes above 0"));
        }
        let x = if self.fit == Fit::Stretch { x } else { self.fitted(&x)? };
        let resize = Resize::new(self.height, self.width);
        let resize = if self.nearest { resize.nearest() } else { resize };
        Ok(if self.channels_first { resize.channels_first() } else { resize }.call(&x))
    }

    /// The images with the ratio of the sides that they are to have.
    fn fitted(&self, x: &Symbol) -> Result<Symbol> {
        let rows = rows(x.rank(), self.channels_first);
        let [h, w] = sides(x, rows, "Resizing")?;
        // As in Keras: quotients in single precision, cut off.
        let of = |side: usize, to: usize, by: usize| ((side * to) as f32 / by as f32) as usize;
        let (by_width, by_height) = (of(w, self.height, self.width), of(h, self.width, self.height));
        let half = |n: usize| (n as f32 / 2.0) as usize;
        let axis = rows as isize;
        if self.fit == Fit::Crop {
            let (ch, cw) = (h.min(by_width).max(1), w.min(by_height).max(1));
            let (top, left) = (half(h - ch), half(w - cw));
            return Ok(x.slice(axis, top..top + ch).slice(axis + 1, left..left + cw));
        }
        let (top, left) = (half(h.max(by_width) - h), half(w.max(by_height) - w));
        let mut widths = vec![(0, 0); x.rank()];
        (widths[rows], widths[rows + 1]) = ((top, top), (left, left));
        Ok(x.pad(widths, PadMode::Constant(self.fill_value)))
    }
}

/// The axis of the rows; that of the columns follows.
pub(super) fn rows(rank: usize, channels_first: bool) -> usize {
    if channels_first { rank - 2 } else { rank - 3 }
}

/// Height and width, which must be known.
pub(super) fn sides(x: &Symbol, rows: usize, class: &str) -> Result<[usize; 2]> {
    match (x.dims()[rows], x.dims()[rows + 1]) {
        (Dim::Known(h), Dim::Known(w)) => Ok([h, w]),
        _ => Err(Error::shape(format!("{class}: images of {}", x.dims()))
            .help("give the model the height and the width of its images")),
    }
}

impl Layer for Resizing {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Resizing")
            .with("height", self.height)
            .with("width", self.width)
            .with("interpolation", if self.nearest { "nearest" } else { "bilinear" })
            .with("crop_to_aspect_ratio", self.fit == Fit::Crop)
            .with("pad_to_aspect_ratio", self.fit == Fit::Pad)
            .with("fill_mode", "constant")
            .with("fill_value", self.fill_value)
            .with("antialias", false)
            .with("data_format", if self.channels_first { "channels_first" } else { "channels_last" }))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.resized(x).unwrap_or_else(Symbol::poisoned)
    }
}
