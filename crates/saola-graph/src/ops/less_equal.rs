//! `less_equal`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(LessEqual, "less_equal", Binary::LessEqual);

binary_method! {
    /// True where the first of a pair is not larger. Broadcasts; the argument is a symbol or a number.
    LessEqual, less_equal
}
