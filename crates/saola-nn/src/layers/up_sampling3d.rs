//! `UpSampling3D`: every position several times.

use saola_graph::{PerAxis, Symbol};
use saola_tensor::Result;

use super::spatial::{check_rank, data_format};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Every position of a volume so many times along each axis. Shapes: `[batch, x, y, z, channels]` gives the same with spatial axes as much
/// longer. Keras's `UpSampling3D`.
#[derive(Clone, Debug)]
pub struct UpSampling3D {
    pub(crate) base: Base,
    size: PerAxis,
    channels_first: bool,
}

common!(UpSampling3D);

impl UpSampling3D {
    /// So many times.
    pub fn new(size: impl Into<PerAxis>) -> UpSampling3D {
        UpSampling3D { base: Base::new(), size: size.into(), channels_first: false }
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> UpSampling3D {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<UpSampling3D> {
        Ok(UpSampling3D {
            base: config.base(),
            size: config.extents("size", 3)?.into(),
            channels_first: config.channels_first()?,
        })
    }

    fn build(&self, x: &Symbol) -> Result<Symbol> {
        check_rank("UpSampling3D", x, 3)?;
        let first = if self.channels_first { 2 } else { 1 };
        let sizes = self.size.of_rank(3)?.into_iter().enumerate();
        Ok(sizes.fold(x.clone(), |x, (i, n)| x.repeat(n, first + i as isize)))
    }
}

impl Default for UpSampling3D {
    /// Twice.
    fn default() -> UpSampling3D {
        UpSampling3D::new(2)
    }
}

impl Layer for UpSampling3D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let size = self.size.of_rank(3)?;
        let config = LayerConfig::new("UpSampling3D").with("size", size);
        Ok(config.with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(x).unwrap_or_else(Symbol::poisoned)
    }
}
