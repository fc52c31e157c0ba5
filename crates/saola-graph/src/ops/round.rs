//! `round`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// The nearest integer to each element, ties to the even one. It has no gradient.
    Round, round, Unary::Round, no gradient: "it is flat but for its jumps"
}
