//! `rms_norm`: rows divided by their root mean square.

use super::layer_norm::Rows;
use crate::Symbol;
use crate::path::composed;

impl Symbol {
    /// `x / √(mean of x² + ε) · scale` over the last axis; scale, a number for each element of a row, is 1 where it is
    /// missing (Zhang and Sennrich, 2019). Takes `f32` and `f64`. Keras's `ops.rms_normalization`.
    ///
    /// ```
    /// use saola_graph::{DType, placeholder};
    ///
    /// let x = placeholder("x", DType::F32, [8, 16]);
    /// assert_eq!(x.rms_norm(None, 1e-6).spec(), x.spec());
    /// ```
    #[track_caller]
    pub fn rms_norm(&self, scale: Option<&Symbol>, epsilon: f64) -> Symbol {
        composed("rms_norm", || {
            let form = Rows { axes: 1, center: false, epsilon, scale: scale.is_some(), shift: false };
            Symbol::apply(form, std::iter::once(self).chain(scale).cloned().collect())
        })
    }
}
