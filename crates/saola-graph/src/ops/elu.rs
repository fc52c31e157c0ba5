//! `elu`.

use crate::path::composed;
use crate::{Symbol, select};

impl Symbol {
    /// x where it is positive, else `alpha` · (e^x − 1) (Clevert et al., 2015). Keras's `elu`.
    #[track_caller]
    pub fn elu(&self, alpha: f64) -> Symbol {
        composed("elu", || {
            let below = self.minimum(0.0).expm1();
            let below = if alpha == 1.0 { below } else { below * alpha };
            select(&self.greater(0.0), self, below)
        })
    }
}
