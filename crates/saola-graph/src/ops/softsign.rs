//! `softsign`.

use crate::Symbol;

impl Symbol {
    /// x / (1 + |x|). Keras's `softsign`.
    #[track_caller]
    pub fn softsign(&self) -> Symbol {
        self / (self.abs() + 1.0)
    }
}
