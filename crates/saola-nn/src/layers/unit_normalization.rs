//! `UnitNormalization`: vectors of length 1.

use saola_graph::{Axes, Symbol};
use saola_tensor::Result;

use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// Every vector along the last axis, or other ones, divided by its norm. Shapes stay. Keras's `UnitNormalization`.
#[derive(Clone, Debug)]
pub struct UnitNormalization {
    pub(crate) base: Base,
    axes: Vec<isize>,
}

common!(UnitNormalization);

impl UnitNormalization {
    /// Along the last axis.
    pub fn new() -> UnitNormalization {
        UnitNormalization { base: Base::new(), axes: vec![-1] }
    }

    /// Along another axis.
    #[must_use]
    pub fn axis(self, axis: isize) -> UnitNormalization {
        self.axes([axis])
    }

    /// Along several axes at once.
    #[must_use]
    pub fn axes(mut self, axes: impl Into<Vec<isize>>) -> UnitNormalization {
        self.axes = axes.into();
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<UnitNormalization> {
        let axes = config.axes("axis")?.unwrap_or_else(|| vec![-1]);
        Ok(UnitNormalization { base: config.base(), axes })
    }
}

impl Default for UnitNormalization {
    fn default() -> UnitNormalization {
        UnitNormalization::new()
    }
}

/// What the sum of squares is at least, so that a zero stays one.
const SMALLEST: f64 = 1e-24;

impl Layer for UnitNormalization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("UnitNormalization");
        Ok(match self.axes[..] {
            [axis] => config.with("axis", axis as i64),
            _ => config.with("axis", self.axes.iter().map(|&a| a as i64).collect::<Vec<_>>()),
        })
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        x.l2_normalize(Axes::from(self.axes.clone()), SMALLEST)
    }
}
