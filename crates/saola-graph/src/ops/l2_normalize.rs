//! `l2_normalize`.

use crate::path::composed;
use crate::{Axes, Symbol};

impl Symbol {
    /// Divided by the root of the sum of squares over some axes, or by √`epsilon` where the sum is below `epsilon`.
    /// TensorFlow's `math.l2_normalize`, whose epsilon is 1e-12 where none is given.
    #[track_caller]
    pub fn l2_normalize(&self, axes: impl Into<Axes>, epsilon: f64) -> Symbol {
        composed("l2_normalize", || {
            self * self.square().sum_over(axes.into().keep()).maximum(epsilon).rsqrt()
        })
    }
}
