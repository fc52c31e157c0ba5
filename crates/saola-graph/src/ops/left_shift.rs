//! `left_shift`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(LeftShift, "left_shift", Binary::ShiftLeft);

binary_method! {
    /// The bits of each integer moved `other` places to the left; 0 for places that are negative or not fewer than
    /// there are bits. Keras's `left_shift`. Broadcasts; the argument is a symbol or a number.
    LeftShift, left_shift
}
