//! `SpatialDropout3D`: whole channels left out in training.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::dropout::{check_rate, dropped};
use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// As [`super::Dropout`], but each channel of an example is left out as a whole. Shapes: `[batch, x, y, z, channels]` stays.
/// Keras's `SpatialDropout3D` (Tompson et al., 2015).
#[derive(Clone, Debug)]
pub struct SpatialDropout3D {
    pub(crate) base: Base,
    rate: f64,
    seed: Option<u64>,
    channels_first: bool,
}

common!(SpatialDropout3D);

impl SpatialDropout3D {
    /// A layer that leaves out the fraction `rate` of the channels, from 0 to below 1.
    pub fn new(rate: f64) -> SpatialDropout3D {
        SpatialDropout3D { base: Base::new(), rate, seed: None, channels_first: false }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> SpatialDropout3D {
        self.seed = Some(seed);
        self
    }

    /// Channels are the second axis of the input instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> SpatialDropout3D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<SpatialDropout3D> {
        Ok(SpatialDropout3D {
            base: config.base(),
            rate: config.number("rate")?,
            seed: config.seed("seed")?,
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        check_rate("SpatialDropout3D", self.rate)?;
        check_rank("SpatialDropout3D", x, 3)?;
        let first = if self.channels_first { 2 } else { 1 };
        let axes: Vec<usize> = (first..first + 3).collect();
        Ok(dropped(cx, x, self.rate, self.seed, &axes))
    }
}

impl Layer for SpatialDropout3D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config =
            LayerConfig::new("SpatialDropout3D").with("rate", self.rate).with("seed", self.seed).bare();
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
