//! `log1p`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// ln(1 + x) for each element, exact also near 0.
    Log1p, log1p, Unary::Log1p, |x, _y, dy| Some(dy / (x + 1.0))
}
