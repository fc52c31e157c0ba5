//! `softplus`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// ln(1 + e^x) for each element, without overflow.
    Softplus, softplus, Unary::Softplus, |x, _y, dy| Some(dy * x.sigmoid())
}
