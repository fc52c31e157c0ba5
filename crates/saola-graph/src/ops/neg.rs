//! `negative`.

use saola_kernels::elementwise::Unary;

use super::elementwise::unary;
use crate::Symbol;

unary! {
    /// −x for each element; the operator `-`.
    Neg, negative, Unary::Neg, |_x, _y, dy| Some(-dy)
}

/// −x.
#[track_caller]
pub(crate) fn negated(x: &Symbol) -> Symbol {
    x.negative()
}
