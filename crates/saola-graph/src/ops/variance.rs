//! `variance` and `std`: how far elements are from their mean.

use crate::path::composed;
use crate::{Axes, Symbol};

impl Symbol {
    /// The mean of the squared distances from the mean. There must be an element. Keras's `var`, TensorFlow's
    /// `reduce_variance`.
    #[track_caller]
    pub fn variance(&self) -> Symbol {
        self.variance_over(Axes::all())
    }

    /// The variance over some axes: one, or an array of them, or [`Axes`] to keep them with extent 1.
    #[track_caller]
    pub fn variance_over(&self, axes: impl Into<Axes>) -> Symbol {
        composed("variance", || {
            let axes = axes.into();
            (self - self.mean_over(axes.clone().keep())).square().mean_over(axes)
        })
    }

    /// The root of the variance. Its gradient is infinite where all elements are equal. Keras's `std`.
    #[track_caller]
    pub fn std(&self) -> Symbol {
        composed("std", || self.variance().sqrt())
    }

    /// The root of the variance over some axes: one, or an array of them, or [`Axes`] to keep them with extent 1.
    #[track_caller]
    pub fn std_over(&self, axes: impl Into<Axes>) -> Symbol {
        composed("std", || self.variance_over(axes).sqrt())
    }
}
