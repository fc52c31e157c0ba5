//! `floor`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The largest integer not above each element. It has no gradient.
    Floor, floor, Unary::Floor, no gradient: "it is flat but for its jumps"
}
