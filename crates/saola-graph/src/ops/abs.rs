//! `abs`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// |x| for each element. The gradient at 0 is 0.
    Abs, abs, Unary::Abs, |x, _y, dy| Some(dy * x.sign())
}
