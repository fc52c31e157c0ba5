//! `sigmoid`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// 1/(1 + e^−x) for each element.
    Sigmoid, sigmoid, Unary::Sigmoid, |_x, y, dy| Some(dy * y * (1.0 - y))
}
