//! `is_nan`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// True where an element is NaN. Keras's `isnan`.
    IsNan, is_nan, Unary::IsNan
}
