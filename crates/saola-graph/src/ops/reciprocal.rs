//! `reciprocal`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// 1/x for each element.
    Reciprocal, reciprocal, Unary::Reciprocal, |_x, y, dy| Some(-(dy * y * y))
}
