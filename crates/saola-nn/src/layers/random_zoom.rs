//! `RandomZoom`: larger and smaller pictures.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::augment::{Factor, Filling, Pictures, Seeds, data_format, drawing, filling, middle};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each picture is seen from nearer or farther, about its middle; in inference nothing happens. Pictures
/// `[batch, height, width, channels]`, or one without the batch, become `f32` and keep their size. Keras's `RandomZoom`.
#[derive(Clone, Debug)]
pub struct RandomZoom {
    pub(crate) base: Base,
    height_factor: Factor,
    width_factor: Option<Factor>,
    pub(super) filling: Filling,
    seed: Option<u64>,
    channels_first: bool,
}

common!(RandomZoom);
drawing!(RandomZoom);
filling!(RandomZoom);

impl RandomZoom {
    /// By up to `height_factor` to either side, or between two numbers above −1 and up to 1: at 0.2 a fifth more of the
    /// picture's height is seen, at −0.2 a fifth less. The width goes with the height.
    pub fn new(height_factor: impl Into<Factor>) -> RandomZoom {
        RandomZoom {
            base: Base::new(),
            height_factor: height_factor.into(),
            width_factor: None,
            filling: Filling::DEFAULT,
            seed: None,
            channels_first: false,
        }
    }

    /// The width by itself.
    #[must_use]
    pub fn width_factor(mut self, factor: impl Into<Factor>) -> RandomZoom {
        self.width_factor = Some(factor.into());
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RandomZoom> {
        Ok(RandomZoom {
            base: config.base(),
            height_factor: Factor::required(config, "height_factor")?,
            width_factor: Factor::read(config, "width_factor")?,
            filling: Filling::read(config)?,
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let bounds = |factor: Factor, name: &str| {
            let known = |f: f64| f > -1.0 && f <= 1.0;
            let (low, high) = factor.check("RandomZoom", name, known, "above −1 and up to 1")?.bounds();
            Result::Ok((1.0 + low, 1.0 + high))
        };
        let pictures = Pictures::new(x, self.channels_first, "RandomZoom")?;
        let mut seeds = Seeds::new(cx, self.seed);
        let down = pictures.draw(&mut seeds, bounds(self.height_factor, "height_factor")?);
        let across = match self.width_factor {
            Some(factor) => pictures.draw(&mut seeds, bounds(factor, "width_factor")?),
            None => down.clone(),
        };
        let zero = &down * 0.0;
        let a2 = (1.0 - &across) * middle(pictures.width);
        let b2 = (1.0 - &down) * middle(pictures.height);
        let zoomed = self.filling.transform(&pictures, [across, zero.clone(), a2, zero, down, b2]);
        Ok(pictures.finish(cx, &zoomed))
    }
}

impl Layer for RandomZoom {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("RandomZoom")
            .with("height_factor", self.height_factor.written())
            .with("width_factor", self.width_factor.map(Factor::written));
        Ok(self
            .filling
            .write(config)
            .with("seed", self.seed)
            .with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
