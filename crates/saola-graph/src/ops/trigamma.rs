//! `trigamma`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The second derivative of ln Γ at each element; ∞ at 0 and the negative whole numbers. TensorFlow's
    /// `math.polygamma` of order 1. It has no gradient.
    Trigamma, trigamma, Unary::Trigamma, no gradient: "higher polygamma functions are not there"
}
