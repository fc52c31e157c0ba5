//! `RandomTranslation`: moved pictures.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::augment::{Factor, Filling, Pictures, Seeds, data_format, drawing, filling};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each picture is moved down and to the right by parts of its height and width; in inference nothing happens.
/// Pictures `[batch, height, width, channels]`, or one without the batch, become `f32`. Keras's `RandomTranslation`.
#[derive(Clone, Debug)]
pub struct RandomTranslation {
    pub(crate) base: Base,
    height_factor: Factor,
    width_factor: Factor,
    pub(super) filling: Filling,
    seed: Option<u64>,
    channels_first: bool,
}

common!(RandomTranslation);
drawing!(RandomTranslation);
filling!(RandomTranslation);

impl RandomTranslation {
    /// By up to these parts of the height and the width to either side, or between two of them; from −1 to 1.
    pub fn new(height_factor: impl Into<Factor>, width_factor: impl Into<Factor>) -> RandomTranslation {
        RandomTranslation {
            base: Base::new(),
            height_factor: height_factor.into(),
            width_factor: width_factor.into(),
            filling: Filling::DEFAULT,
            seed: None,
            channels_first: false,
        }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RandomTranslation> {
        Ok(RandomTranslation {
            base: config.base(),
            height_factor: Factor::required(config, "height_factor")?,
            width_factor: Factor::required(config, "width_factor")?,
            filling: Filling::read(config)?,
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let known = |f: f64| (-1.0..=1.0).contains(&f);
        let bounds = |factor: Factor, name: &str| {
            Ok::<_, saola_tensor::Error>(
                factor.check("RandomTranslation", name, known, "from −1 to 1")?.bounds(),
            )
        };
        let pictures = Pictures::new(x, self.channels_first, "RandomTranslation")?;
        let mut seeds = Seeds::new(cx, self.seed);
        let down =
            pictures.draw(&mut seeds, bounds(self.height_factor, "height_factor")?) * pictures.height as f64;
        let right =
            pictures.draw(&mut seeds, bounds(self.width_factor, "width_factor")?) * pictures.width as f64;
        let zero = &down * 0.0;
        let one = &zero + 1.0;
        let map = [one.clone(), zero.clone(), -right, zero, one, -down];
        let moved = self.filling.transform(&pictures, map);
        Ok(pictures.finish(cx, &moved))
    }
}

impl Layer for RandomTranslation {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("RandomTranslation")
            .with("height_factor", self.height_factor.written())
            .with("width_factor", self.width_factor.written());
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
