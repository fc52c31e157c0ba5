//! `PReLU`: a slope below 0 that is learned.

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::initializers::Zeros;
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// x where it is positive, else `alpha · x` with a slope for each element of an example. Shapes stay. Weight: `alpha` in
/// the shape of an example, with extent 1 along shared axes. Keras's `PReLU` (He et al., 2015).
#[derive(Clone, Debug)]
pub struct PReLU {
    pub(crate) base: Base,
    alpha: Recipe,
    shared_axes: Option<Vec<usize>>,
}

common!(PReLU);
recipe!(PReLU, alpha, "the slopes", alpha_initializer, alpha_regularizer, alpha_constraint);

impl PReLU {
    /// With slopes that begin at 0.
    pub fn new() -> PReLU {
        PReLU { base: Base::new(), alpha: Recipe::new(Zeros), shared_axes: None }
    }

    /// Axes along which all elements have one slope, counted with the batch as 0: `[1, 2]` for one slope for each channel
    /// of an image.
    #[must_use]
    pub fn shared_axes(mut self, axes: impl Into<Vec<usize>>) -> PReLU {
        self.shared_axes = Some(axes.into());
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<PReLU> {
        Ok(PReLU {
            base: config.base(),
            alpha: config.recipe("alpha", Zeros)?,
            shared_axes: config.list("shared_axes")?,
        })
    }
}

impl Default for PReLU {
    fn default() -> PReLU {
        PReLU::new()
    }
}

impl Layer for PReLU {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("PReLU")
            .recipe("alpha", &self.alpha)?
            .with("shared_axes", self.shared_axes.clone()))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let shared = self.shared_axes.clone().unwrap_or_default();
        if let Some(axis) = shared.iter().find(|&&a| a == 0 || a >= x.rank().max(1)) {
            let error = Error::value(format!("PReLU: the shared axis {axis} of {}", x.spec()));
            return Symbol::poisoned(error.help("give axes from 1 up to the last"));
        }
        let extent = |(a, d): (usize, &Dim)| if shared.contains(&a) { Dim::Known(1) } else { *d };
        let dims: Vec<Dim> = x.dims().iter().enumerate().skip(1).map(extent).collect();
        let alpha = cx.weight_of("alpha", dims, &self.alpha);
        x.relu() - alpha * (-x).relu()
    }
}
