//! `atanh`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The inverse of the hyperbolic tangent; NaN outside of −1..1. Keras's `arctanh`.
    Atanh, atanh, Unary::Atanh, |x, _y, dy| Some(dy / (1.0 - x.square()))
}
