//! `RandomBrightness`: lighter and darker pictures.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::augment::{Factor, Pictures, Seeds, data_format, drawing, range};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each picture becomes lighter or darker by a part of the range of its values, and keeps within that range;
/// in inference nothing happens. Pictures `[batch, height, width, channels]`, or one without the batch, become `f32`.
/// Keras's `RandomBrightness`.
#[derive(Clone, Debug)]
pub struct RandomBrightness {
    pub(crate) base: Base,
    factor: Factor,
    value_range: (f64, f64),
    seed: Option<u64>,
    channels_first: bool,
}

common!(RandomBrightness);
drawing!(RandomBrightness);

impl RandomBrightness {
    /// By up to `factor` of the range to either side, or between two parts of it; from −1 to 1.
    pub fn new(factor: impl Into<Factor>) -> RandomBrightness {
        RandomBrightness {
            base: Base::new(),
            factor: factor.into(),
            value_range: (0.0, 255.0),
            seed: None,
            channels_first: false,
        }
    }

    /// The smallest and the largest value of a pixel; 0 and 255 by default.
    #[must_use]
    pub fn value_range(mut self, low: f64, high: f64) -> RandomBrightness {
        self.value_range = (low.min(high), low.max(high));
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RandomBrightness> {
        let (low, high) = range(config, "value_range")?;
        Ok(RandomBrightness {
            base: config.base(),
            factor: Factor::required(config, "factor")?,
            value_range: (low.min(high), low.max(high)),
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let known = |f: f64| (-1.0..=1.0).contains(&f);
        let bounds = self.factor.check("RandomBrightness", "factor", known, "from −1 to 1")?.bounds();
        let pictures = Pictures::new(x, self.channels_first, "RandomBrightness")?;
        let (low, high) = self.value_range;
        let more = pictures.draw(&mut Seeds::new(cx, self.seed), bounds) * (high - low);
        Ok(pictures.finish(cx, &(&pictures.x + more).clip(low, high)))
    }
}

impl Layer for RandomBrightness {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("RandomBrightness")
            .with("factor", self.factor.pair())
            .with("value_range", vec![self.value_range.0, self.value_range.1])
            .with("seed", self.seed)
            .with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
