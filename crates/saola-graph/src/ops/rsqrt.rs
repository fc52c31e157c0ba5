//! `rsqrt`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// 1/√x for each element.
    Rsqrt, rsqrt, Unary::Rsqrt, |_x, y, dy| Some(dy * -0.5 * y * y * y)
}
