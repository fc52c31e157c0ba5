//! `pow`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Pow, "pow", Binary::Pow, |a, b, y, dy| (
    // To the power of 0 everything is 1, and 0 to the power of -1 is no number.
    (dy * crate::select(&b.equal(0.0), 0.0, b * a.pow(b - 1.0))),
    (dy * y * crate::select(&a.greater(0.0), a.log(), 0.0))
));

binary_method! {
    /// Each element to the power of `other`. The gradient for `other` counts only where the base is above 0. Broadcasts; the argument is a symbol or a number.
    Pow, pow
}
