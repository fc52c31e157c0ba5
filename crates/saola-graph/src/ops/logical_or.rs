//! `logical_or`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(LogicalOr, "logical_or", Binary::Or);

binary_method! {
    /// True where one of a pair of truth values is. Broadcasts; the argument is a symbol or a number.
    LogicalOr, logical_or
}
