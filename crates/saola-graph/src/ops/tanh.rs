//! `tanh`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The hyperbolic tangent of each element.
    Tanh, tanh, Unary::Tanh, |_x, y, dy| Some(dy * (1.0 - y * y))
}
