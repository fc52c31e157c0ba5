//! `moments`: mean and variance over axes.

use crate::path::composed;
use crate::{Axes, Symbol};

impl Symbol {
    /// The mean and the variance over some axes: one, an array of them, or [`Axes`] to keep them with extent 1. The
    /// variance is the mean of squared differences from the mean. Takes floats. TensorFlow's `tf.nn.moments`.
    ///
    /// ```
    /// use saola_graph::{DType, placeholder};
    ///
    /// let (mean, variance) = placeholder("x", DType::F32, [8, 3]).moments(0);
    /// assert_eq!(mean.spec().to_string(), "f32[3]");
    /// assert_eq!(variance.spec(), mean.spec());
    /// ```
    #[track_caller]
    pub fn moments(&self, axes: impl Into<Axes>) -> (Symbol, Symbol) {
        composed("moments", || {
            let axes = axes.into();
            let mean = self.mean_over(axes.clone().keep());
            let variance = (self - &mean).square().mean_over(axes.clone());
            (self.mean_over(axes), variance)
        })
    }
}
