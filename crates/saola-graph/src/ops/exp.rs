//! `exp`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// e^x for each element.
    Exp, exp, Unary::Exp, |_x, y, dy| Some(dy * y)
}
