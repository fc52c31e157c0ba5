//! `sinh`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The hyperbolic sine of each element.
    Sinh, sinh, Unary::Sinh, |x, _y, dy| Some(dy * x.cosh())
}
