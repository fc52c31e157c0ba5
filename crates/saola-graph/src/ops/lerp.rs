//! `lerp`.

use crate::path::composed;
use crate::{Operand, Symbol};

impl Symbol {
    /// The point `weight` of the way from each element to that of `end`: x + weight · (end − x). Broadcasts; the arguments
    /// are symbols or numbers. PyTorch's `lerp`.
    #[track_caller]
    pub fn lerp(&self, end: impl Into<Operand>, weight: impl Into<Operand>) -> Symbol {
        composed("lerp", || {
            let (end, weight) = (end.into().beside(self), weight.into().beside(self));
            self + weight * (end - self)
        })
    }
}
