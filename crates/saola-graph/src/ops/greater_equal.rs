//! `greater_equal`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(GreaterEqual, "greater_equal", Binary::GreaterEqual);

binary_method! {
    /// True where the first of a pair is not smaller. Broadcasts; the argument is a symbol or a number.
    GreaterEqual, greater_equal
}
