//! `RandomCrop`: a part of pictures.

use saola_graph::{DType, Random, Resize, Symbol, constant};
use saola_tensor::{Error, Result, Tensor};

use super::Resizing;
use super::augment::{Pictures, Seeds, data_format, drawing};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, a part of the pictures at a place that is drawn for the whole batch. In inference, and where a picture is
/// not larger than the part, the largest part of that ratio of the sides is resized. Pictures
/// `[batch, height, width, channels]`, or one without the batch, become `f32`. Keras's `RandomCrop` as its documents have
/// it; Keras 3.15 itself gives whole pictures in inference, of another shape than it says.
#[derive(Clone, Debug)]
pub struct RandomCrop {
    pub(crate) base: Base,
    height: usize,
    width: usize,
    seed: Option<u64>,
    channels_first: bool,
}

common!(RandomCrop);
drawing!(RandomCrop);

impl RandomCrop {
    /// A part of `height` rows and `width` columns of pixels.
    pub fn new(height: usize, width: usize) -> RandomCrop {
        RandomCrop { base: Base::new(), height, width, seed: None, channels_first: false }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RandomCrop> {
        Ok(RandomCrop {
            base: config.base(),
            height: config.size("height")?,
            width: config.size("width")?,
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        if self.height == 0 || self.width == 0 {
            let text = format!("RandomCrop: a part of {} by {}", self.height, self.width);
            return Err(Error::shape(text).help("give sizes above 0"));
        }
        let pictures = Pictures::new(x, self.channels_first, "RandomCrop")?;
        let whole = Resizing::new(self.height, self.width).crop_to_aspect_ratio().resized(&pictures.x)?;
        let (h, w) = (pictures.height, pictures.width);
        let part = if h > self.height && w > self.width {
            let mut seeds = Seeds::new(cx, self.seed);
            let rows = places(&mut seeds, h, self.height)?;
            let columns = places(&mut seeds, w, self.width)?;
            pictures.x.gather(&rows, 1).gather(&columns, 2)
        } else {
            self.middle(&pictures)
        };
        Ok(cx.in_training(&pictures.as_given(&part), &pictures.as_given(&whole)))
    }

    /// What Keras makes of pictures that are not larger.
    fn middle(&self, pictures: &Pictures) -> Symbol {
        let (h, w) = (pictures.height, pictures.width);
        let fitting =
            |side: usize, other: usize, of: usize, by: usize| (other * of / by).clamp(1, side.max(1));
        let top = (h - fitting(h, w, self.height, self.width).min(h)) / 2;
        let left = (w - fitting(w, h, self.width, self.height).min(w)) / 2;
        let part = pictures.x.slice(1, top..h.min(top + self.height));
        let part = part.slice(2, left..w.min(left + self.width));
        Resize::new(self.height, self.width).call(&part)
    }
}

/// The places of `n` pixels behind each other among `of`, from one that is drawn.
fn places(seeds: &mut Seeds<'_, '_>, of: usize, n: usize) -> Result<Symbol> {
    let most = of - n;
    let first = Random::new([1]).seed(seeds.next()).uniform(0.0, (most + 1) as f64).floor();
    let first = first.clip(0.0, most as f64).cast(DType::I64);
    let steps: Vec<i64> = (0..n as i64).collect();
    Ok(first + constant(Tensor::from(steps)))
}

impl Layer for RandomCrop {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("RandomCrop")
            .with("height", self.height)
            .with("width", self.width)
            .with("seed", self.seed)
            .with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
