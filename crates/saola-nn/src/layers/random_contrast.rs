//! `RandomContrast`: pictures with more and less contrast.

use saola_graph::{Axes, Symbol};
use saola_tensor::Result;

use super::augment::{Factor, Pictures, Seeds, data_format, drawing, range};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, the difference of each value to the mean of its channel in its picture is multiplied by a number that is
/// drawn for each picture; values keep within a range. In inference nothing happens. Pictures
/// `[batch, height, width, channels]`, or one without the batch, become `f32`. Keras's `RandomContrast`.
#[derive(Clone, Debug)]
pub struct RandomContrast {
    pub(crate) base: Base,
    factor: Factor,
    value_range: (f64, f64),
    seed: Option<u64>,
    channels_first: bool,
}

common!(RandomContrast);
drawing!(RandomContrast);

impl RandomContrast {
    /// With two numbers l and u, by 1 − l to 1 + u; with one, as in Keras, by 1 to 1 + `factor`. From 0 to 1.
    pub fn new(factor: impl Into<Factor>) -> RandomContrast {
        RandomContrast {
            base: Base::new(),
            factor: factor.into().single_from(0.0),
            value_range: (0.0, 255.0),
            seed: None,
            channels_first: false,
        }
    }

    /// The smallest and the largest value of a pixel; 0 and 255 by default.
    #[must_use]
    pub fn value_range(mut self, low: f64, high: f64) -> RandomContrast {
        self.value_range = (low, high);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RandomContrast> {
        Ok(RandomContrast {
            base: config.base(),
            factor: Factor::required(config, "factor")?.single_from(0.0),
            value_range: range(config, "value_range")?,
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        // Keras takes a smaller lower bound, and then draws from other numbers.
        let known = |f: f64| (-1.0..=1.0).contains(&f);
        let (low, high) = self.factor.check("RandomContrast", "factor", known, "from 0 to 1")?.bounds();
        let pictures = Pictures::new(x, self.channels_first, "RandomContrast")?;
        let times = pictures.draw(&mut Seeds::new(cx, self.seed), (1.0 - low, 1.0 + high));
        let mean = pictures.x.mean_over(Axes::from([1, 2]).keep());
        let changed = (&pictures.x - &mean) * times + mean;
        Ok(pictures.finish(cx, &changed.clip(self.value_range.0, self.value_range.1)))
    }
}

impl Layer for RandomContrast {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("RandomContrast")
            .with("factor", self.factor.pair())
            .with("value_range", vec![self.value_range.0, self.value_range.1])
            .with("seed", self.seed)
            .with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
