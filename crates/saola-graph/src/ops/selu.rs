//! `selu`.

use crate::path::composed;
use crate::{Symbol, select};

const ALPHA: f64 = 1.673_263_242_354_377_2;
const SCALE: f64 = 1.050_700_987_355_480_5;

impl Symbol {
    /// 1.0507·x where it is positive, else 1.7581·(e^x − 1) (Klambauer et al., 2017). Keras's `selu`.
    #[track_caller]
    pub fn selu(&self) -> Symbol {
        composed("selu", || select(&self.greater_equal(0.0), self, self.minimum(0.0).expm1() * ALPHA) * SCALE)
    }
}
