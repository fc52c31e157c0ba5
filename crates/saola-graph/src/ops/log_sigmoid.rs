//! `log_sigmoid`.

use crate::Symbol;

impl Symbol {
    /// ln(1 / (1 + e^−x)), without overflow. Keras's `log_sigmoid`.
    #[track_caller]
    pub fn log_sigmoid(&self) -> Symbol {
        -((-self).softplus())
    }
}
