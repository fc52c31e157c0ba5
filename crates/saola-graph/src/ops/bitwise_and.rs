//! `bitwise_and`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(BitwiseAnd, "bitwise_and", Binary::BitAnd);

binary_method! {
    /// The bits that both of a pair of integers have. Broadcasts; the argument is a symbol or a number.
    BitwiseAnd, bitwise_and
}
