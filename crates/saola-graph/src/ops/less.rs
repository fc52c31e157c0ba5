//! `less`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Less, "less", Binary::Less);

binary_method! {
    /// True where the first of a pair is smaller. Broadcasts; the argument is a symbol or a number.
    Less, less
}
