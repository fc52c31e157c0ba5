//! `leaky_relu`.

use crate::path::composed;
use crate::{Symbol, select};

impl Symbol {
    /// x where it is positive, else `slope` · x. Keras's `leaky_relu`, whose slope is 0.2 where none is given.
    #[track_caller]
    pub fn leaky_relu(&self, slope: f64) -> Symbol {
        composed("leaky_relu", || select(&self.greater(0.0), self, self * slope))
    }
}
