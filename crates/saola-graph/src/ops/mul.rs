//! `mul`: the operator `*`.

use saola_kernels::elementwise::Binary;

use super::elementwise::binary;
use crate::Symbol;

binary!(Mul, "mul", Binary::Mul, |a, b, _y, dy| ((dy * b), (dy * a)));

/// `a * b` for each pair of elements, with broadcasting.
#[track_caller]
pub(crate) fn mul(a: &Symbol, b: &Symbol) -> Symbol {
    Symbol::apply(Mul, vec![a.clone(), b.clone()])
}
