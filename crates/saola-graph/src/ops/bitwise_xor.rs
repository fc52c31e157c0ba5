//! `bitwise_xor`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(BitwiseXor, "bitwise_xor", Binary::BitXor);

binary_method! {
    /// The bits that one of a pair of integers has, and not both. Broadcasts; the argument is a symbol or a number.
    BitwiseXor, bitwise_xor
}
