//! `logical_and`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(LogicalAnd, "logical_and", Binary::And);

binary_method! {
    /// True where both of a pair of truth values are. Broadcasts; the argument is a symbol or a number.
    LogicalAnd, logical_and
}
