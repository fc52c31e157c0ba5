//! `cosh`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The hyperbolic cosine of each element.
    Cosh, cosh, Unary::Cosh, |x, _y, dy| Some(dy * x.sinh())
}
