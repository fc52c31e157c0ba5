//! `GaussianNoise`: random numbers added in training.

use saola_graph::{Random, Symbol};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, normal random numbers of mean 0 and this deviation are added; in inference nothing happens. Shapes stay.
/// Keras's `GaussianNoise`.
#[derive(Clone, Debug)]
pub struct GaussianNoise {
    pub(crate) base: Base,
    stddev: f64,
    seed: Option<u64>,
}

common!(GaussianNoise);

impl GaussianNoise {
    /// With this deviation, from 0 up.
    pub fn new(stddev: f64) -> GaussianNoise {
        GaussianNoise { base: Base::new(), stddev, seed: None }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> GaussianNoise {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<GaussianNoise> {
        Ok(GaussianNoise {
            base: config.base(),
            stddev: config.number("stddev")?,
            seed: config.seed("seed")?,
        })
    }
}

impl Layer for GaussianNoise {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("GaussianNoise").with("stddev", self.stddev).with("seed", self.seed))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if !(0.0..f64::INFINITY).contains(&self.stddev) {
            let error = Error::value(format!("GaussianNoise: stddev is {}", self.stddev));
            return Symbol::poisoned(error.help("give a deviation from 0 up"));
        }
        if self.stddev == 0.0 {
            return x.clone();
        }
        let seed = self.seed.unwrap_or_else(|| cx.next_seed());
        let noisy = x + Random::like(x).seed(seed).normal(0.0, self.stddev);
        cx.in_training(&noisy, x)
    }
}
