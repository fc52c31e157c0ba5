//! `Activation`: a function of each element.

use saola_graph::Symbol;
use saola_tensor::Result;

use crate::activations::{Function, Linear};
use crate::config::ConfigReader;
use crate::layer::{Base, Masking, common};
use crate::{Layer, LayerConfig, Scope};

/// An activation function as a layer. Shapes stay. Keras's `Activation`.
///
/// ```
/// use saola_nn::layers::Activation;
///
/// let layer = Activation::new("tanh").named("squash");
/// ```
#[derive(Clone, Debug)]
pub struct Activation {
    pub(crate) base: Base,
    function: Function,
}

common!(Activation);

impl Activation {
    /// The layer that applies `function`.
    pub fn new(function: impl Into<Function>) -> Activation {
        Activation { base: Base::new(), function: function.into() }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Activation> {
        let function = config.activation("activation")?.unwrap_or_else(|| Linear.into());
        Ok(Activation { base: config.base(), function })
    }
}

impl Layer for Activation {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Activation").with("activation", self.function.config()?))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.function.apply(x)
    }
}
