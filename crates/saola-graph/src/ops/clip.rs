//! `clip`: elements kept between two bounds.

use crate::path::composed;
use crate::{Operand, Symbol};

impl Symbol {
    /// Each element, or the bound it is beyond. The gradient flows where an element is inside. Keras's `clip`,
    /// TensorFlow's `clip_by_value`.
    #[doc(alias = "clip_by_value")]
    #[track_caller]
    pub fn clip(&self, low: impl Into<Operand>, high: impl Into<Operand>) -> Symbol {
        composed("clip", || self.minimum(high).maximum(low))
    }
}
