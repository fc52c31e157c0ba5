//! `atan`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The angle between −π/2 and π/2 whose tangent each element is. Keras's `arctan`.
    Atan, atan, Unary::Atan, |x, _y, dy| Some(dy / (x.square() + 1.0))
}
