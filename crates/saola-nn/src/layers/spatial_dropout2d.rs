//! `SpatialDropout2D`: whole channels left out in training.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::dropout::{check_rate, dropped};
use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// As [`super::Dropout`], but each channel of an example is left out as a whole. Shapes: `[batch, height, width, channels]` stays.
/// Keras's `SpatialDropout2D` (Tompson et al., 2015).
#[derive(Clone, Debug)]
pub struct SpatialDropout2D {
    pub(crate) base: Base,
    rate: f64,
    seed: Option<u64>,
    channels_first: bool,
}

common!(SpatialDropout2D);

impl SpatialDropout2D {
    /// A layer that leaves out the fraction `rate` of the channels, from 0 to below 1.
    pub fn new(rate: f64) -> SpatialDropout2D {
        SpatialDropout2D { base: Base::new(), rate, seed: None, channels_first: false }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> SpatialDropout2D {
        self.seed = Some(seed);
        self
    }

    /// Channels are the second axis of the input instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> SpatialDropout2D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<SpatialDropout2D> {
        Ok(SpatialDropout2D {
            base: config.base(),
            rate: config.number("rate")?,
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        check_rate("SpatialDropout2D", self.rate)?;
        check_rank("SpatialDropout2D", x, 2)?;
        let first = if self.channels_first { 2 } else { 1 };
        let axes: Vec<usize> = (first..first + 2).collect();
        Ok(dropped(cx, x, self.rate, self.seed, &axes))
    }
}

impl Layer for SpatialDropout2D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config =
            LayerConfig::new("SpatialDropout2D").with("rate", self.rate).with("seed", self.seed).bare();
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
