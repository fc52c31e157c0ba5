//! `RandomRotation`: turned pictures.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::augment::{Factor, Filling, Pictures, Seeds, data_format, drawing, filling, middle};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each picture is turned about its middle by an angle of its own; in inference nothing happens. Pictures
/// `[batch, height, width, channels]`, or one without the batch, become `f32`. Keras's `RandomRotation`.
#[derive(Clone, Debug)]
pub struct RandomRotation {
    pub(crate) base: Base,
    factor: Factor,
    pub(super) filling: Filling,
    seed: Option<u64>,
    channels_first: bool,
}

common!(RandomRotation);
drawing!(RandomRotation);
filling!(RandomRotation);

impl RandomRotation {
    /// By up to `factor` of a whole turn to either side, or between two parts of one; from −1 to 1.
    pub fn new(factor: impl Into<Factor>) -> RandomRotation {
        RandomRotation {
            base: Base::new(),
            factor: factor.into(),
            filling: Filling::DEFAULT,
            seed: None,
            channels_first: false,
        }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RandomRotation> {
        Ok(RandomRotation {
            base: config.base(),
            factor: Factor::required(config, "factor")?,
            filling: Filling::read(config)?,
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let turn = |t: f64| (-1.0..=1.0).contains(&t);
        let (low, high) = self.factor.check("RandomRotation", "factor", turn, "from −1 to 1")?.bounds();
        let pictures = Pictures::new(x, self.channels_first, "RandomRotation")?;
        let degrees = pictures.draw(&mut Seeds::new(cx, self.seed), (low * 360.0, high * 360.0));
        let angle = degrees * (std::f64::consts::PI / 180.0);
        let (sin, cos) = (angle.sin(), angle.cos());
        let (mx, my) = (middle(pictures.width), middle(pictures.height));
        let a2 = -(&cos * mx) + &sin * my + mx;
        let b2 = -(&sin * mx) - &cos * my + my;
        let turned = self.filling.transform(&pictures, [cos.clone(), -&sin, a2, sin, cos, b2]);
        Ok(pictures.finish(cx, &turned))
    }
}

impl Layer for RandomRotation {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("RandomRotation").with("factor", self.factor.pair());
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
