//! `UpSampling1D`: every position several times.

use saola_graph::{PerAxis, Symbol};
use saola_tensor::Result;

use super::spatial::check_rank;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Every position of a sequence so many times along each axis. Shapes: `[batch, steps, channels]` gives the same with spatial axes as much
/// longer. Keras's `UpSampling1D`.
#[derive(Clone, Debug)]
pub struct UpSampling1D {
    pub(crate) base: Base,
    size: PerAxis,
}

common!(UpSampling1D);

impl UpSampling1D {
    /// So many times.
    pub fn new(size: impl Into<PerAxis>) -> UpSampling1D {
        UpSampling1D { base: Base::new(), size: size.into() }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<UpSampling1D> {
        Ok(UpSampling1D { base: config.base(), size: config.extents("size", 1)?.into() })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        check_rank("UpSampling1D", x, 1)?;
        let first = 1;
        let sizes = self.size.of_rank(1)?.into_iter().enumerate();
        Ok(sizes.fold(x.clone(), |x, (i, n)| x.repeat(n, first + i as isize)))
    }
}

impl Default for UpSampling1D {
    /// Twice.
    fn default() -> UpSampling1D {
        UpSampling1D::new(2)
    }
}

impl Layer for UpSampling1D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let size = self.size.of_rank(1)?;
        let config = LayerConfig::new("UpSampling1D").with("size", size[0]);
        Ok(config)
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
