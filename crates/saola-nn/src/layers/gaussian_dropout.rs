//! `GaussianDropout`: inputs times random numbers in training.

use saola_graph::{Random, Symbol};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each element is multiplied by a normal random number of mean 1 and deviation √(rate / (1 − rate)); in
/// inference nothing happens. Shapes stay. Keras's `GaussianDropout`.
#[derive(Clone, Debug)]
pub struct GaussianDropout {
    pub(crate) base: Base,
    rate: f64,
    seed: Option<u64>,
}

common!(GaussianDropout);

impl GaussianDropout {
    /// With this rate, from 0 to below 1.
    pub fn new(rate: f64) -> GaussianDropout {
        GaussianDropout { base: Base::new(), rate, seed: None }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> GaussianDropout {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<GaussianDropout> {
        Ok(GaussianDropout { base: config.base(), rate: config.number("rate")?, seed: config.seed("seed")? })
    }
}

impl Layer for GaussianDropout {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("GaussianDropout").with("rate", self.rate).with("seed", self.seed))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if !(0.0..1.0).contains(&self.rate) {
            let error = Error::value(format!("GaussianDropout: rate is {}", self.rate));
            return Symbol::poisoned(error.help("give a rate from 0 to below 1"));
        }
        if self.rate == 0.0 {
            return x.clone();
        }
        let seed = self.seed.unwrap_or_else(|| cx.next_seed());
        let deviation = (self.rate / (1.0 - self.rate)).sqrt();
        let noisy = x * Random::like(x).seed(seed).normal(1.0, deviation);
        cx.in_training(&noisy, x)
    }
}
