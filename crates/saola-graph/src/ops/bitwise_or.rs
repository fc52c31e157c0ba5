//! `bitwise_or`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(BitwiseOr, "bitwise_or", Binary::BitOr);

binary_method! {
    /// The bits that one of a pair of integers has. Broadcasts; the argument is a symbol or a number.
    BitwiseOr, bitwise_or
}
