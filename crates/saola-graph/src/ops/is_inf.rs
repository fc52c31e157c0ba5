//! `is_inf`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// True where an element is infinite. Keras's `isinf`.
    IsInf, is_inf, Unary::IsInf
}
