//! `greater`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Greater, "greater", Binary::Greater);

binary_method! {
    /// True where the first of a pair is larger. Broadcasts; the argument is a symbol or a number.
    Greater, greater
}
