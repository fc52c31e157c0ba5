//! `Concatenate`: inputs one behind the other.

use saola_graph::{Symbol, concatenate};

use crate::layer::{Base, common};
use crate::{Layer, Scope};

/// Its inputs one behind the other along an axis, the last by default. They agree in all other extents. Keras's
/// `Concatenate`.
#[derive(Clone, Debug)]
pub struct Concatenate {
    pub(crate) base: Base,
    axis: isize,
}

common!(Concatenate);

impl Default for Concatenate {
    fn default() -> Concatenate {
        Concatenate::new()
    }
}

impl Concatenate {
    /// Along the last axis.
    pub fn new() -> Concatenate {
        Concatenate { base: Base::new(), axis: -1 }
    }

    /// Along another axis.
    #[must_use]
    pub fn axis(mut self, axis: isize) -> Concatenate {
        self.axis = axis;
        self
    }
}

impl Layer for Concatenate {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        x.clone()
    }

    fn call_many(&self, _cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        concatenate(xs, self.axis)
    }
}
