//! `gelu`: an input by the share of the normal distribution below it.

use saola_kernels::elementwise::{Binary, Unary};

use super::elementwise::{binary, unary};
use crate::Symbol;

unary! {
    /// x · Φ(x), with Φ the normal distribution's cumulative function (Hendrycks and Gimpel, 2016). Keras's `gelu` with
    /// `approximate=False`.
    Gelu, gelu, Unary::Gelu, |x, _y, dy| Some(slope(x, dy))
}

// The slope's own slope is φ(x) · (2 − x²).
binary!(GeluGradient, "gelu_gradient", Binary::GeluGradient, |a, b, _y, dy| (
    (dy * b * (a.square() * -0.5).exp() * DENSITY * (2.0 - a.square())),
    (slope(a, dy))
));

/// 1/√(2π).
const DENSITY: f64 = 0.398_942_280_401_432_7;

/// `dy` times the slope at `x`: one function, so that the way back needs nothing but x.
#[track_caller]
fn slope(x: &Symbol, dy: &Symbol) -> Symbol {
    Symbol::apply(GeluGradient, vec![x.clone(), dy.clone()])
}

impl Symbol {
    /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))), which is near [`Symbol::gelu`]. Keras's `gelu` with
    /// `approximate=True`.
    #[track_caller]
    pub fn gelu_tanh(&self) -> Symbol {
        let root = (2.0 / std::f64::consts::PI).sqrt();
        let inner = self * (self.square() * (0.044_715 * root) + root);
        self * 0.5 * (inner.tanh() + 1.0)
    }
}
