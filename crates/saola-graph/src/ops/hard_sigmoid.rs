//! `hard_sigmoid`.

use crate::Symbol;
use crate::path::composed;

impl Symbol {
    /// relu6(x + 3) / 6: 0 below −3, 1 above 3, a line in between. Keras's `hard_sigmoid`.
    #[track_caller]
    pub fn hard_sigmoid(&self) -> Symbol {
        composed("hard_sigmoid", || (self + 3.0).relu6() / 6.0)
    }
}
