//! `gelu`: an input by the share of the normal distribution below it.

use crate::Symbol;

impl Symbol {
    /// x · Φ(x), with Φ the normal distribution's cumulative function (Hendrycks and Gimpel, 2016). Keras's `gelu` with
    /// `approximate=False`.
    #[track_caller]
    pub fn gelu(&self) -> Symbol {
        self * 0.5 * ((self * std::f64::consts::FRAC_1_SQRT_2).erf() + 1.0)
    }

    /// x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))), which is near [`Symbol::gelu`]. Keras's `gelu` with
    /// `approximate=True`.
    #[track_caller]
    pub fn gelu_tanh(&self) -> Symbol {
        let root = (2.0 / std::f64::consts::PI).sqrt();
        let inner = self * (self.square() * (0.044_715 * root) + root);
        self * 0.5 * (inner.tanh() + 1.0)
    }
}
