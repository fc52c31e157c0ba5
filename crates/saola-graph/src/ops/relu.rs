//! `relu`, and the gate that its gradient goes through.

use saola_kernels::elementwise::{Binary, Unary};

use super::elementwise::{binary, unary};
use crate::Symbol;

unary! {
    /// max(x, 0) for each element. The gradient at 0 is 0.
    Relu, relu, Unary::Relu, |_x, y, dy| Some(gate(y, dy))
}

binary!(Gate, "relu_gradient", Binary::Gate, |a, b, _y, dy| ((b.zeros_like() * dy), (gate(a, dy))));

/// `dy` where a rectifier's result `y` is above 0, else 0.
#[track_caller]
fn gate(y: &Symbol, dy: &Symbol) -> Symbol {
    Symbol::apply(Gate, vec![y.clone(), dy.clone()])
}
