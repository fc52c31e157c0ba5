//! `equal`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Equal, "equal", Binary::Equal);

binary_method! {
    /// True where a pair is equal. Broadcasts; the argument is a symbol or a number.
    Equal, equal
}
