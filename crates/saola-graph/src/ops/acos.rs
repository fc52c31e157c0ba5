//! `acos`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The angle between 0 and π whose cosine each element is; NaN outside of −1..1. Keras's `arccos`.
    Acos, acos, Unary::Acos, |x, _y, dy| Some(-(dy * (1.0 - x.square()).rsqrt()))
}
