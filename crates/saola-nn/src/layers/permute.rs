//! `Permute`: axes in another order.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// The axes of each example in another order. Shapes: with `[2, 1]`, `[batch, a, b]` gives `[batch, b, a]`. Keras's
/// `Permute`.
#[derive(Clone, Debug)]
pub struct Permute {
    pub(crate) base: Base,
    dims: Vec<usize>,
}

common!(Permute);

impl Permute {
    /// Which axis of the input is the first of the output, which the second, ..; counted from 1, as the batch stays.
    pub fn new(dims: impl Into<Vec<usize>>) -> Permute {
        Permute { base: Base::new(), dims: dims.into() }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Permute> {
        Ok(Permute { base: config.base(), dims: config.list("dims")?.unwrap_or_default() })
    }
}

impl Layer for Permute {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Permute").with("dims", self.dims.clone()))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let mut sorted = self.dims.clone();
        sorted.sort_unstable();
        if !sorted.iter().copied().eq(1..x.rank().max(1)) && x.error().is_none() {
            let error = Error::value(format!("Permute: dims are {:?} for {}", self.dims, x.spec()));
            return Symbol::poisoned(error.help("give each axis from 1 up to the last once"));
        }
        x.permute(std::iter::once(0).chain(self.dims.iter().copied()).collect::<Vec<_>>())
    }
}
