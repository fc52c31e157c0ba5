//! `RMSNormalization`: a root mean square of 1.

use saola_graph::{Axes, Dim, Symbol};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::initializers::Ones;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// The last axis, or others, divided by its root mean square, then scaled (Zhang and Sennrich, 2019). Shapes stay. Weight:
/// `scale`, in the shape of the axes. Keras's `RMSNormalization`.
#[derive(Clone, Debug)]
pub struct RMSNormalization {
    pub(crate) base: Base,
    axes: Vec<isize>,
    epsilon: f64,
}

common!(RMSNormalization);

impl RMSNormalization {
    /// Over the last axis, with an ε of 10⁻⁶.
    pub fn new() -> RMSNormalization {
        RMSNormalization { base: Base::new(), axes: vec![-1], epsilon: 1e-6 }
    }

    /// Over another axis.
    #[must_use]
    pub fn axis(self, axis: isize) -> RMSNormalization {
        self.axes([axis])
    }

    /// Over several axes at once.
    #[must_use]
    pub fn axes(mut self, axes: impl Into<Vec<isize>>) -> RMSNormalization {
        self.axes = axes.into();
        self
    }

    /// What is added to the mean square.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> RMSNormalization {
        self.epsilon = epsilon;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RMSNormalization> {
        Ok(RMSNormalization {
            base: config.base(),
            axes: config.axes("axis")?.unwrap_or_else(|| vec![-1]),
            epsilon: config.number_or("epsilon", 1e-6)?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let dims = x.check()?.dims();
        let mut axes: Vec<usize> = self.axes.iter().map(|&a| dims.axis(a)).collect::<Result<_>>()?;
        axes.sort_unstable();
        if axes.is_empty() || axes.windows(2).any(|w| w[0] == w[1]) {
            return Err(Error::value(format!("RMSNormalization: axes are {:?}", self.axes))
                .help("give at least one axis, and each once"));
        }
        let extents: Vec<Dim> = axes.iter().map(|&a| dims[a]).collect();
        let scale = cx.weight("scale", extents, Ones);
        if axes[..] == [x.rank() - 1] {
            return Ok(x.rms_norm(Some(&scale), self.epsilon));
        }
        let over: Vec<isize> = axes.iter().map(|&a| a as isize).collect();
        let square = x.square().mean_over(Axes::from(over).keep());
        // The weight's axes stand where those of the input do.
        let first = axes[0];
        let scale = (first..x.rank())
            .filter(|a| !axes.contains(a))
            .fold(scale, |s, a| s.expand_dims((a - first) as isize));
        Ok(x * (square + self.epsilon).rsqrt() * scale)
    }
}

impl Default for RMSNormalization {
    fn default() -> RMSNormalization {
        RMSNormalization::new()
    }
}

impl Layer for RMSNormalization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("RMSNormalization").with("epsilon", self.epsilon);
        Ok(match self.axes[..] {
            [axis] => config.with("axis", axis as i64),
            _ => config.with("axis", self.axes.iter().map(|&a| a as i64).collect::<Vec<_>>()),
        })
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
