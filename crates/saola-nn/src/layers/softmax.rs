//! `Softmax`: positive numbers that add up to 1.

use saola_graph::{Symbol, select};
use saola_tensor::{DType, Result};

use crate::activations::softmax_over;
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// e^x divided by its sum over the last axis, or other ones. Where the input has a mask, elements that do not count are
/// left out of the sum and are 0. Shapes stay. Keras's `Softmax`.
#[derive(Clone, Debug)]
pub struct Softmax {
    pub(crate) base: Base,
    axes: Vec<isize>,
}

common!(Softmax);

impl Softmax {
    /// Over the last axis.
    pub fn new() -> Softmax {
        Softmax { base: Base::new(), axes: vec![-1] }
    }

    /// Over another axis.
    #[must_use]
    pub fn axis(self, axis: isize) -> Softmax {
        self.axes([axis])
    }

    /// Over several axes at once.
    #[must_use]
    pub fn axes(mut self, axes: impl Into<Vec<isize>>) -> Softmax {
        self.axes = axes.into();
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Softmax> {
        Ok(Softmax { base: config.base(), axes: config.axes("axis")?.unwrap_or_else(|| vec![-1]) })
    }

    /// The softmax of what `mask` counts, which broadcasts to `x`.
    pub(super) fn masked(&self, x: &Symbol, mask: Option<&Symbol>) -> Symbol {
        let Some(mask) = mask else { return softmax_over(x, &self.axes) };
        let mask = if mask.dtype() == DType::Bool { mask.clone() } else { mask.greater(0.5) };
        select(&mask, softmax_over(&select(&mask, x, -1e9), &self.axes), 0.0)
    }
}

impl Default for Softmax {
    fn default() -> Softmax {
        Softmax::new()
    }
}

impl Layer for Softmax {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("Softmax");
        Ok(match self.axes[..] {
            [axis] => config.with("axis", axis as i64),
            _ => config.with("axis", self.axes.iter().map(|&a| a as i64).collect::<Vec<_>>()),
        })
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.masked(x, cx.mask(x).as_ref())
    }
}
