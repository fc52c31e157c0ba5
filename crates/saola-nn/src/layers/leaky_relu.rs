//! `LeakyReLU`: a slope below 0.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// x where it is positive, else `negative_slope · x`; the slope is 0.3 by default, and not 0.2 as in the activation of
/// that name. Shapes stay. Keras's `LeakyReLU`.
#[derive(Clone, Debug)]
pub struct LeakyReLU {
    pub(crate) base: Base,
    negative_slope: f64,
}

common!(LeakyReLU);

impl LeakyReLU {
    /// With a slope of 0.3.
    pub fn new() -> LeakyReLU {
        LeakyReLU { base: Base::new(), negative_slope: 0.3 }
    }

    /// Another slope, from 0 up.
    #[must_use]
    pub fn negative_slope(mut self, slope: f64) -> LeakyReLU {
        self.negative_slope = slope;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<LeakyReLU> {
        Ok(LeakyReLU { base: config.base(), negative_slope: config.number_or("negative_slope", 0.3)? })
    }
}

impl Default for LeakyReLU {
    fn default() -> LeakyReLU {
        LeakyReLU::new()
    }
}

impl Layer for LeakyReLU {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("LeakyReLU").with("negative_slope", self.negative_slope))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if !(0.0..f64::INFINITY).contains(&self.negative_slope) {
            let error = Error::value(format!("LeakyReLU: negative_slope is {}", self.negative_slope));
            return Symbol::poisoned(error.help("give a finite slope from 0 up"));
        }
        x.leaky_relu(self.negative_slope)
    }
}
