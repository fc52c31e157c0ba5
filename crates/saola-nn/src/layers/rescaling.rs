//! `Rescaling`: numbers times a factor, plus an offset.

use saola_graph::{DType, Symbol, constant};
use saola_tensor::{Result, Tensor};

use crate::config::{ConfigReader, nested, unnested};
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// `x · scale + offset` in `f32`. Shapes stay. Scale and offset are a number each, or one for each channel. Keras's
/// `Rescaling`.
#[derive(Clone, Debug)]
pub struct Rescaling {
    pub(crate) base: Base,
    scale: Tensor,
    offset: Tensor,
}

common!(Rescaling);

impl Rescaling {
    /// Times `scale`, as 1/255 for the values of pixels: a number, or one for each channel.
    pub fn new(scale: impl Into<Tensor>) -> Rescaling {
        Rescaling { base: Base::new(), scale: scale.into(), offset: Tensor::scalar(0.0f64) }
    }

    /// What is added then; 0 by default.
    #[must_use]
    pub fn offset(mut self, offset: impl Into<Tensor>) -> Rescaling {
        self.offset = offset.into();
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Rescaling> {
        let base = config.base();
        let mut read = |key: &str, otherwise: f64| match config.value(key) {
            Some(value) => unnested(&value).map_err(|_| config.refuse(key, &value, "numbers")),
            None => Ok(Tensor::scalar(otherwise)),
        };
        Ok(Rescaling { base, scale: read("scale", 1.0)?, offset: read("offset", 0.0)? })
    }
}

impl Layer for Rescaling {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Rescaling")
            .with("scale", nested(&self.scale)?)
            .with("offset", nested(&self.offset)?))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let of = |t: &Tensor| match t.cast(DType::F32) {
            Ok(t) => constant(t),
            Err(error) => Symbol::poisoned(error.context("Rescaling")),
        };
        x.cast(DType::F32) * of(&self.scale) + of(&self.offset)
    }
}
