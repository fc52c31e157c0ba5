//! `pow`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Pow, "pow", Binary::Pow, |a, b, y, dy| (
    (dy * b * a.pow(b - 1.0)),
    (dy * y * crate::select(&a.greater(0.0), a.log(), 0.0))
));

binary_method! {
    /// Each element to the power of `other`. The gradient for `other` counts only where the base is above 0. Broadcasts; the argument is a symbol or a number.
    Pow, pow
}
