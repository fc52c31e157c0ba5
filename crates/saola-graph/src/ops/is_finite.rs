//! `is_finite`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// True where an element is neither NaN nor infinite.
    IsFinite, is_finite, Unary::IsFinite
}
