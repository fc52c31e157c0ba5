//! `Activation`: a function of each element.

use saola_graph::Symbol;

use crate::activations::Function;
use crate::layer::{Base, common};
use crate::{Layer, Scope};

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
}

impl Layer for Activation {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.function.apply(x)
    }
}
