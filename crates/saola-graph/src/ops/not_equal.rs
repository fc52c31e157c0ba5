//! `not_equal`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(NotEqual, "not_equal", Binary::NotEqual);

binary_method! {
    /// True where a pair differs. Broadcasts; the argument is a symbol or a number.
    NotEqual, not_equal
}
