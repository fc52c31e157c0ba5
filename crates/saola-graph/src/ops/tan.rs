//! `tan`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The tangent of each element.
    Tan, tan, Unary::Tan, |_x, y, dy| Some(dy * (y.square() + 1.0))
}
