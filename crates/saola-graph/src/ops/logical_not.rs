//! `logical_not`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;

unary! {
    /// True where a truth value is false.
    LogicalNot, logical_not, Unary::Not
}
