//! `exp2`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// 2 to the power of each element.
    Exp2, exp2, Unary::Exp2, |_x, y, dy| Some(dy * y * std::f64::consts::LN_2)
}
