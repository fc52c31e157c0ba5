//! `asinh`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The inverse of the hyperbolic sine. Keras's `arcsinh`.
    Asinh, asinh, Unary::Asinh, |x, _y, dy| Some(dy * (x.square() + 1.0).rsqrt())
}
