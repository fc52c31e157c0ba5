//! `erf`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The error function of each element.
    Erf, erf, Unary::Erf, |x, _y, dy| Some(dy * std::f64::consts::FRAC_2_SQRT_PI * (-x.square()).exp())
}
