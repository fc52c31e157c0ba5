//! `lgamma`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// ln |Γ(x)| for each element. TensorFlow's `math.lgamma`.
    Lgamma, lgamma, Unary::Lgamma, |x, _y, dy| Some(dy * x.digamma())
}
