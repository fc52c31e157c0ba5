//! `softsign`.

use crate::Symbol;
use crate::path::composed;

impl Symbol {
    /// x / (1 + |x|). Keras's `softsign`.
    #[track_caller]
    pub fn softsign(&self) -> Symbol {
        composed("softsign", || self / (self.abs() + 1.0))
    }
}
