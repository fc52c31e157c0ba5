//! `sub`: the operator `-`.

use saola_kernels::elementwise::Binary;

use super::elementwise::binary;
use crate::Symbol;

binary!(Sub, "sub", Binary::Sub, |a, b, _y, dy| (dy, (-dy)));

/// `a - b` for each pair of elements, with broadcasting.
#[track_caller]
pub(crate) fn sub(a: &Symbol, b: &Symbol) -> Symbol {
    Symbol::apply(Sub, vec![a.clone(), b.clone()])
}
