//! `sign`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// −1, 0 or 1 for each element. The gradient is 0 wherever there is one.
    Sign, sign, Unary::Sign, |_x, _y, _dy| None
}
