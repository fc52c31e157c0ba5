//! `Flatten`: all axes but the batch as one.

use saola_graph::{Dim, Symbol};
use saola_tensor::Error;

use crate::layer::{Base, common};
use crate::{Layer, Scope};

/// All axes but the first as one. Shapes: `[b, ..]` gives `[b, n]` with n the product of the others; `[b]` gives
/// `[b, 1]`. Keras's `Flatten`.
#[derive(Clone, Debug, Default)]
pub struct Flatten {
    pub(crate) base: Base,
}

common!(Flatten);

impl Flatten {
    /// The layer.
    pub fn new() -> Flatten {
        Flatten::default()
    }
}

impl Layer for Flatten {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let Some((&batch, rest)) = x.dims().split_first() else {
            return Symbol::poisoned(Error::shape("Flatten: a scalar has no batch"));
        };
        let n: Option<usize> = rest.iter().map(|d| d.known()).product();
        match (batch, n) {
            (_, Some(n)) => x.reshape([Dim::Any, Dim::Known(n)]),
            (Dim::Known(b), None) => x.reshape([Dim::Known(b), Dim::Any]),
            (Dim::Any, None) => Symbol::poisoned(
                Error::shape(format!("Flatten: {} has more than one unknown extent", x.spec()))
                    .help("give all extents of the input but the batch"),
            ),
        }
    }
}
