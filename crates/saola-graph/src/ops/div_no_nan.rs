//! `div_no_nan`.

use crate::path::composed;
use crate::{Operand, Symbol, select};

impl Symbol {
    /// Each element divided by `other`, and 0 where that is 0, with gradients of 0 there. Keras's `divide_no_nan`.
    /// Broadcasts; the argument is a symbol or a number.
    #[track_caller]
    pub fn div_no_nan(&self, other: impl Into<Operand>) -> Symbol {
        composed("div_no_nan", || {
            let other = other.into().beside(self);
            let zero = other.equal(0.0);
            // Nothing is ever divided by zero, so that no NaN comes into the gradient either.
            select(&zero, 0.0, self / select(&zero, 1.0, other))
        })
    }
}
