//! `relu6`.

use crate::path::composed;
use crate::{Symbol, select};

impl Symbol {
    /// max(x, 0), and 6 from 6 on, where the gradient is 0 as in TensorFlow. Keras's `relu6`.
    #[track_caller]
    pub fn relu6(&self) -> Symbol {
        composed("relu6", || select(&self.less(6.0), self.relu(), 6.0))
    }
}
