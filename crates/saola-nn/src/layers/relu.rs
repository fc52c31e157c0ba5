//! `ReLU`: the rectified linear unit with a bound, a slope and a threshold.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::activations::relu_with;
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// `max_value` where x is at least that, x from `threshold` up, else `negative_slope · (x − threshold)`. By default there
/// is no bound, and slope and threshold are 0. Shapes stay. Keras's `ReLU`.
#[derive(Clone, Debug, Default)]
pub struct ReLU {
    pub(crate) base: Base,
    max_value: Option<f64>,
    negative_slope: f64,
    threshold: f64,
}

common!(ReLU);

impl ReLU {
    /// max(x, 0).
    pub fn new() -> ReLU {
        ReLU::default()
    }

    /// A bound, from 0 up.
    #[must_use]
    pub fn max_value(mut self, max_value: f64) -> ReLU {
        self.max_value = Some(max_value);
        self
    }

    /// A slope below the threshold, from 0 up.
    #[must_use]
    pub fn negative_slope(mut self, slope: f64) -> ReLU {
        self.negative_slope = slope;
        self
    }

    /// Where x begins to count, from 0 up.
    #[must_use]
    pub fn threshold(mut self, threshold: f64) -> ReLU {
        self.threshold = threshold;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<ReLU> {
        Ok(ReLU {
            base: config.base(),
            max_value: config.maybe_number("max_value")?,
            negative_slope: config.number_or("negative_slope", 0.0)?,
            threshold: config.number_or("threshold", 0.0)?,
        })
    }
}

impl Layer for ReLU {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("ReLU")
            .with("max_value", self.max_value)
            .with("negative_slope", self.negative_slope)
            .with("threshold", self.threshold))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let numbers = [
            ("max_value", self.max_value.unwrap_or(0.0)),
            ("threshold", self.threshold),
            ("negative_slope", self.negative_slope),
        ];
        if let Some((name, value)) = numbers.iter().find(|(_, v)| v.is_nan() || *v < 0.0) {
            let error = Error::value(format!("ReLU: {name} is {value}"));
            return Symbol::poisoned(error.help("give a number from 0 up"));
        }
        relu_with(x, self.negative_slope, self.max_value, self.threshold)
    }
}
