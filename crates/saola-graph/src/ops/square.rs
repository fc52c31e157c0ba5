//! `square`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// x² for each element.
    Square, square, Unary::Square, |x, _y, dy| Some(dy * 2.0 * x)
}
