//! `add`: the operator `+`.

use saola_kernels::elementwise::Binary;

use super::elementwise::binary;
use crate::Symbol;

binary!(Add, "add", Binary::Add, |a, b, _y, dy| (dy, dy));

/// `a + b` for each pair of elements, with broadcasting.
#[track_caller]
pub(crate) fn add(a: &Symbol, b: &Symbol) -> Symbol {
    Symbol::apply(Add, vec![a.clone(), b.clone()])
}
