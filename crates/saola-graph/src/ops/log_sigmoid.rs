//! `log_sigmoid`.

use crate::Symbol;
use crate::path::composed;

impl Symbol {
    /// ln(1 / (1 + e^−x)), without overflow. Keras's `log_sigmoid`.
    #[track_caller]
    pub fn log_sigmoid(&self) -> Symbol {
        composed("log_sigmoid", || -((-self).softplus()))
    }
}
