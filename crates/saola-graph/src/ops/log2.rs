//! `log2`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The logarithm to base 2.
    Log2, log2, Unary::Log2, |x, _y, dy| Some(dy / (x * std::f64::consts::LN_2))
}
