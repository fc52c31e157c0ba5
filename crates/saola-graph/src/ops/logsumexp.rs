//! `logsumexp`: the logarithm of a sum of exponentials.

use crate::path::composed;
use crate::{Axes, Symbol, select};

impl Symbol {
    /// ln Σ e^x over every element, computed without overflow. There must be an element. Keras's `logsumexp`.
    #[track_caller]
    pub fn logsumexp(&self) -> Symbol {
        self.logsumexp_over(Axes::all())
    }

    /// ln Σ e^x over some axes: one, or an array of them, or [`Axes`] to keep them with extent 1.
    #[track_caller]
    pub fn logsumexp_over(&self, axes: impl Into<Axes>) -> Symbol {
        composed("logsumexp", || {
            let axes = axes.into();
            let most = self.max_over(axes.clone().keep()).stop_gradient();
            // Of nothing but −∞ the largest cannot be taken away.
            let shift = select(&most.is_finite(), &most, 0.0);
            let sum = (self - &shift).exp().sum_over(axes.clone().keep()).log() + shift;
            axes.dropped(&sum, self)
        })
    }
}
