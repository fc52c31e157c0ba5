//! `expm1`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// e^x − 1 for each element, exact also near 0.
    Expm1, expm1, Unary::Expm1, |_x, y, dy| Some(dy * (y + 1.0))
}
