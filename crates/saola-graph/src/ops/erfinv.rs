//! `erfinv`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The number whose error function each element is; NaN outside of −1..1. Keras's `erfinv`.
    Erfinv, erfinv, Unary::Erfinv, |_x, y, dy| Some(dy / std::f64::consts::FRAC_2_SQRT_PI * y.square().exp())
}
