//! `erfc`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// 1 − erf(x) for each element, without losing digits where erf is near 1. TensorFlow's `math.erfc`.
    Erfc, erfc, Unary::Erfc, |x, _y, dy| Some(dy * -std::f64::consts::FRAC_2_SQRT_PI * (-x.square()).exp())
}
