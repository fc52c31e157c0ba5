//! `acosh`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The inverse of the hyperbolic cosine; NaN below 1. Keras's `arccosh`.
    Acosh, acosh, Unary::Acosh, |_x, y, dy| Some(dy / y.sinh())
}
