//! `atan2`.

use saola_kernels::elementwise::Binary;

use super::elementwise::{binary, binary_method};

binary!(Atan2, "atan2", Binary::Atan2, |a, b, _y, dy| (
    (dy * b / (a.square() + b.square())),
    (-(dy * a / (a.square() + b.square())))
));

binary_method! {
    /// The angle between −π and π of the point whose y are these elements and whose x is `other`. Keras's `arctan2`.
    /// Broadcasts; the argument is a symbol or a number.
    Atan2, atan2
}
