//! `silu`.

use crate::Symbol;

impl Symbol {
    /// x · sigmoid(x), also called swish. Keras's `silu`.
    #[track_caller]
    pub fn silu(&self) -> Symbol {
        self * self.sigmoid()
    }
}
