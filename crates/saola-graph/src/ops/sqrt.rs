//! `sqrt`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The square root of each element; NaN below 0.
    Sqrt, sqrt, Unary::Sqrt, |_x, y, dy| Some(dy * 0.5 / y)
}
