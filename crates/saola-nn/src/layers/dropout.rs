//! `Dropout`: some inputs left out in training.

use saola_graph::{Random, Symbol, select};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each element is 0 with probability `rate` and else divided by `1 − rate`; in inference nothing
/// happens. Shapes stay. Keras's `Dropout` (Srivastava et al., 2014).
#[derive(Clone, Debug)]
pub struct Dropout {
    pub(crate) base: Base,
    rate: f64,
    seed: Option<u64>,
}

common!(Dropout);

impl Dropout {
    /// A layer that leaves out the fraction `rate`, from 0 to below 1.
    pub fn new(rate: f64) -> Dropout {
        Dropout { base: Base::new(), rate, seed: None }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Dropout {
        self.seed = Some(seed);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Dropout> {
        Ok(Dropout { base: config.base(), rate: config.number("rate")?, seed: config.seed("seed")? })
    }
}

impl Layer for Dropout {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Dropout")
            .with("rate", self.rate)
            .with("seed", self.seed)
            .nulls(&["noise_shape"]))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if !(0.0..1.0).contains(&self.rate) {
            return Symbol::poisoned(
                Error::value(format!("Dropout: rate is {}", self.rate)).help("give a rate from 0 to below 1"),
            );
        }
        if self.rate == 0.0 {
            return x.clone();
        }
        let seed = self.seed.unwrap_or_else(|| cx.next_seed());
        let kept = Random::like(x).seed(seed).uniform(0.0, 1.0).greater_equal(self.rate);
        let dropped = select(&kept, x * (1.0 / (1.0 - self.rate)), 0.0);
        cx.in_training(&dropped, x)
    }
}
