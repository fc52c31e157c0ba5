//! Numbers that are the same everywhere are worked out while the plan is made.

use saola_graph::{Lowering, Value};
use saola_kernels::elementwise::{Binary, Scalar, Unary};
use saola_tensor::{DType, Tensor};

use super::ir::{Id, Ir, Source};

/// The number that every element of the result is, where all inputs are such numbers.
pub(crate) fn folded(ir: &Ir, lowering: &Lowering, inputs: &[Id], output: &Value) -> Option<f64> {
    let number = |i: usize| constant(ir, inputs[i]);
    let x = match lowering {
        Lowering::Fill(x) => *x,
        Lowering::Broadcast(_) => number(0)?,
        Lowering::Scalar(Scalar::Unary(Unary::Neg)) if output.dtype.is_float() => -number(0)?,
        Lowering::Scalar(Scalar::Binary(op)) if output.dtype.is_float() => {
            let (a, b) = (number(0)?, number(1)?);
            match op {
                Binary::Add => a + b,
                Binary::Sub => a - b,
                Binary::Mul => a * b,
                Binary::Div => a / b,
                _ => return None,
            }
        }
        _ => return None,
    };
    // What the element would be in memory, so that folding changes no bit.
    let stored = Tensor::scalar(x).cast(output.dtype).and_then(|t| t.cast(DType::F64)).ok()?;
    stored.item::<f64>().ok()
}

/// The number that every element of `id` is, if it is known and a program's constant can hold it.
pub(crate) fn constant(ir: &Ir, id: Id) -> Option<f64> {
    match ir.values[ir.root(id)].source {
        Source::Fill(x) => Some(x),
        Source::Constant(c) if ir.constants[c].len() == 1 => {
            let tensor = ir.constants[c].cast(DType::F64).ok()?;
            let x = tensor.as_slice::<f64>().ok()?[0];
            // Integers beyond 2⁵³ are not all doubles.
            (ir.constants[c].dtype().is_float() || x.abs() < 9e15).then_some(x)
        }
        _ => None,
    }
}
