//! `log10`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The logarithm to base 10.
    Log10, log10, Unary::Log10, |x, _y, dy| Some(dy / (x * std::f64::consts::LN_10))
}
