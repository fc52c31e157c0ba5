//! `silu`.

use saola_kernels::elementwise::{Binary, Unary};

use super::elementwise::{binary, unary};
use crate::Symbol;

unary! {
    /// x · sigmoid(x), also called swish. Keras's `silu`.
    Silu, silu, Unary::Silu, |x, _y, dy| Some(slope(x, dy))
}

// With s = σ(x), the slope's own slope is s · (1 − s) · (2 + x · (1 − 2·s)).
binary!(SiluGradient, "silu_gradient", Binary::SiluGradient, |a, b, _y, dy| (
    (dy * b * curve(a)),
    (slope(a, dy))
));

/// `dy` times the slope at `x`: one function, so that the way back needs nothing but x.
#[track_caller]
fn slope(x: &Symbol, dy: &Symbol) -> Symbol {
    Symbol::apply(SiluGradient, vec![x.clone(), dy.clone()])
}

#[track_caller]
fn curve(x: &Symbol) -> Symbol {
    let s = x.sigmoid();
    &s * (1.0 - &s) * (x * (1.0 - &s * 2.0) + 2.0)
}
