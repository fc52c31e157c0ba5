//! `maximum`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Maximum, "maximum", Binary::Maximum, |a, b, _y, dy| (
    crate::select(&a.greater_equal(b), dy, 0.0),
    crate::select(&a.less(b), dy, 0.0)
));

binary_method! {
    /// The larger of each pair; NaN if either is. At a tie the gradient goes to the first. Broadcasts; the argument is a symbol or a number.
    Maximum, maximum
}
