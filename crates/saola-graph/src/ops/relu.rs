//! `relu`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// max(x, 0) for each element. The gradient at 0 is 0.
    Relu, relu, Unary::Relu, |_x, y, dy| Some(crate::select(&y.greater(0.0), dy, 0.0))
}
