//! `cos`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The cosine of each element, in radians.
    Cos, cos, Unary::Cos, |x, _y, dy| Some(-(dy * x.sin()))
}
