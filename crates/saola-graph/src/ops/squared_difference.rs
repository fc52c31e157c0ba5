//! `squared_difference`.

use crate::path::composed;
use crate::{Operand, Symbol};

impl Symbol {
    /// The square of the difference of each pair. TensorFlow's `squared_difference`. Broadcasts; the argument is a symbol
    /// or a number.
    #[track_caller]
    pub fn squared_difference(&self, other: impl Into<Operand>) -> Symbol {
        composed("squared_difference", || {
            let other = other.into().beside(self);
            (self - other).square()
        })
    }
}
