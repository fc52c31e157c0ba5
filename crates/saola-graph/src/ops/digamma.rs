//! `digamma`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The derivative of ln Γ at each element; NaN at 0 and the negative whole numbers. TensorFlow's `math.digamma`.
    Digamma, digamma, Unary::Digamma, |x, _y, dy| Some(dy * x.trigamma())
}
