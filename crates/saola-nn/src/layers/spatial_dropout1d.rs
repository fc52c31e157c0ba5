//! `SpatialDropout1D`: whole channels left out in training.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::dropout::{check_rate, dropped};
use super::spatial::check_rank;
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// As [`super::Dropout`], but each channel of an example is left out as a whole. Shapes: `[batch, steps, channels]` stays.
/// Keras's `SpatialDropout1D` (Tompson et al., 2015).
#[derive(Clone, Debug)]
pub struct SpatialDropout1D {
    pub(crate) base: Base,
    rate: f64,
    seed: Option<u64>,
}

common!(SpatialDropout1D);

impl SpatialDropout1D {
    /// A layer that leaves out the fraction `rate` of the channels, from 0 to below 1.
    pub fn new(rate: f64) -> SpatialDropout1D {
        SpatialDropout1D { base: Base::new(), rate, seed: None }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> SpatialDropout1D {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<SpatialDropout1D> {
        Ok(SpatialDropout1D { base: config.base(), rate: config.number("rate")?, seed: config.seed("seed")? })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        check_rate("SpatialDropout1D", self.rate)?;
        check_rank("SpatialDropout1D", x, 1)?;
        Ok(dropped(cx, x, self.rate, self.seed, &[1]))
    }
}

impl Layer for SpatialDropout1D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config =
            LayerConfig::new("SpatialDropout1D").with("rate", self.rate).with("seed", self.seed).bare();
        Ok(config)
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
