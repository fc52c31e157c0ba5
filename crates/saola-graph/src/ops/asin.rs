//! `asin`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The angle between −π/2 and π/2 whose sine each element is; NaN outside of −1..1. Keras's `arcsin`.
    Asin, asin, Unary::Asin, |x, _y, dy| Some(dy * (1.0 - x.square()).rsqrt())
}
