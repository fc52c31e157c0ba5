//! `AlphaDropout`: dropout that keeps mean and variance.

use saola_graph::Symbol;
use saola_tensor::{DType, Result};

use super::dropout::{check_rate, kept, together};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// In training, each element becomes the lower limit of the SELU with probability `rate`, and all are then scaled and
/// shifted so that mean and variance stay; in inference nothing happens. Shapes stay. Keras's `AlphaDropout` (Klambauer et
/// al., 2017).
#[derive(Clone, Debug)]
pub struct AlphaDropout {
    pub(crate) base: Base,
    rate: f64,
    noise_shape: Option<Vec<Option<usize>>>,
    seed: Option<u64>,
}

common!(AlphaDropout);

/// Minus the product of the SELU's two constants: what its results come close to.
const LIMIT: f64 = -1.673_263_242_354_377_2 * 1.050_700_987_355_480_5;

impl AlphaDropout {
    /// A layer that leaves out the fraction `rate`, from 0 to below 1.
    pub fn new(rate: f64) -> AlphaDropout {
        AlphaDropout { base: Base::new(), rate, noise_shape: None, seed: None }
    }

    /// A seed of its own; by default it follows from the layer's path.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> AlphaDropout {
        self.seed = Some(seed);
        self
    }

    /// The shape in which elements are left out; see [`super::Dropout::noise_shape`].
    #[must_use]
    pub fn noise_shape(mut self, shape: impl Into<Vec<Option<usize>>>) -> AlphaDropout {
        self.noise_shape = Some(shape.into());
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<AlphaDropout> {
        Ok(AlphaDropout {
            base: config.base(),
            rate: config.number("rate")?,
            noise_shape: config.maybe_sizes("noise_shape")?,
            seed: config.seed("seed")?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        check_rate("AlphaDropout", self.rate)?;
        let axes = together("AlphaDropout", x, self.noise_shape.as_deref())?;
        if self.rate == 0.0 {
            return Ok(x.clone());
        }
        let kept = kept(cx, x, self.rate, self.seed, &axes);
        let kept = kept.cast(if x.dtype() == DType::F64 { DType::F64 } else { DType::F32 });
        let scale = ((1.0 - self.rate) * (1.0 + self.rate * LIMIT * LIMIT)).powf(-0.5);
        let shift = -scale * LIMIT * self.rate;
        let dropped = (x * &kept + (1.0 - kept) * LIMIT) * scale + shift;
        Ok(cx.in_training(&dropped, x))
    }
}

impl Layer for AlphaDropout {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("AlphaDropout")
            .with("rate", self.rate)
            .with("seed", self.seed)
            .with("noise_shape", self.noise_shape.clone()))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
