//! `right_shift`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(RightShift, "right_shift", Binary::ShiftRight);

binary_method! {
    /// The bits of each integer moved `other` places to the right, as many copies of the sign before them: the integer
    /// divided by a power of 2 and rounded down. Places that are negative or not fewer than there are bits give 0, or
    /// −1 below 0. Keras's `right_shift`. Broadcasts; the argument is a symbol or a number.
    RightShift, right_shift
}
