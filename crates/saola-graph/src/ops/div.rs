//! `div`: the operator `/`.

use saola_kernels::elementwise::Binary;

use super::elementwise::binary;
use crate::Symbol;

binary!(Div, "div", Binary::Div, |a, b, y, dy| ((dy / b), (-(dy * y / b))));

/// `a / b` for each pair of elements, with broadcasting.
#[track_caller]
pub(crate) fn div(a: &Symbol, b: &Symbol) -> Symbol {
    Symbol::apply(Div, vec![a.clone(), b.clone()])
}
