//! Numbers that are the same everywhere are worked out while the plan is made.

use saola_kernels::elementwise::{Binary, Scalar, Unary};
use saola_tensor::{DType, Tensor};

use super::ir::{Id, Instruction, Ir, Kind, Source};

/// Takes out each instruction whose result is one number everywhere.
pub(crate) fn fold(ir: &mut Ir) {
    for i in 0..ir.instructions.len() {
        let instruction = &ir.instructions[i];
        let ([output], true) = (&instruction.outputs[..], instruction.after.is_empty()) else { continue };
        let output = *output;
        if ir.values[output].source != Source::Computed || instruction.dead {
            continue;
        }
        if let Some(x) = folded(ir, instruction, ir.values[output].value.dtype) {
            ir.values[output].source = Source::Fill(x);
            ir.instructions[i].dead = true;
        }
    }
}

/// The number that every element of the result is, where all inputs are such numbers.
fn folded(ir: &Ir, instruction: &Instruction, dtype: DType) -> Option<f64> {
    let number = |i: usize| constant(ir, instruction.inputs[i]);
    let x = match instruction.kind {
        Kind::Fill(x) => x,
        Kind::Broadcast(_) | Kind::Transpose(_) => number(0)?,
        Kind::Scalar(Scalar::Unary(Unary::Neg)) if dtype.is_float() => -number(0)?,
        Kind::Scalar(Scalar::Binary(op)) if dtype.is_float() => {
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
    let stored = Tensor::scalar(x).cast(dtype).and_then(|t| t.cast(DType::F64)).ok()?;
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

#[cfg(test)]
mod tests {
    use saola_graph::{DType, Dims, constant, placeholder};

    use super::fold;
    use crate::plan::testing::assert_pass;

    #[test]
    fn numbers_are_worked_out() {
        let x = placeholder("x", DType::F32, [2, 3]);
        let number = (constant(2.0f32) * 3.0 + 1.0) / 2.0;
        let y = &x * &number - x.zeros_like();
        let before: &[&str] = &[
            "%0 = mul(2, 3) : f32[]",
            "%1 = add(%0, 1) : f32[]",
            "%2 = div(%1, 2) : f32[]",
            "%3 = mul(feed0, %2) : f32[2, 3]",
            "%4 = fill_like() : f32[2, 3]",
            "%5 = sub(%3, %4) : f32[2, 3]",
        ];
        let after: &[&str] = &["%0 = mul(feed0, 3.5) : f32[2, 3]", "%1 = sub(%0, 0) : f32[2, 3]"];
        assert_pass(fold, &[&y], &[&x], [before, after]);
    }

    #[test]
    fn a_result_is_rounded_as_in_memory() {
        let x = placeholder("x", DType::F32, Dims::scalar());
        let third = constant(1.0f32) / 3.0;
        let after: &[&str] = &["%0 = add(feed0, 0.3333333432674408) : f32[]"];
        let before: &[&str] = &["%0 = div(1, 3) : f32[]", "%1 = add(feed0, %0) : f32[]"];
        assert_pass(fold, &[&(&x + &third)], &[&x], [before, after]);
    }
}
