//! `logical_xor`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(LogicalXor, "logical_xor", Binary::Xor);

binary_method! {
    /// True where one of a pair of truth values is, and not both. Broadcasts; the argument is a symbol or a number.
    LogicalXor, logical_xor
}
