//! `ceil`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The smallest integer not below each element. It has no gradient.
    Ceil, ceil, Unary::Ceil, no gradient: "it is flat but for its jumps"
}
