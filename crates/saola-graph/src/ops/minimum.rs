//! `minimum`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Minimum, "minimum", Binary::Minimum, |a, b, _y, dy| (
    crate::select(&a.less_equal(b), dy, 0.0),
    crate::select(&a.greater(b), dy, 0.0)
));

binary_method! {
    /// The smaller of each pair; NaN if either is. At a tie the gradient goes to the first. Broadcasts; the argument is a symbol or a number.
    Minimum, minimum
}
