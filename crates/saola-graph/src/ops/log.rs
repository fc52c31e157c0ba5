//! `log`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The natural logarithm of each element; NaN below 0, −∞ at 0.
    Log, log, Unary::Log, |x, _y, dy| Some(dy / x)
}
