//! `select`: one of two values by a condition.

use saola_kernels::elementwise::Scalar;
use saola_tensor::{DType, Error, Result};

use crate::overload::Operand;
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value, broadcast_dims};

#[derive(Debug)]
pub(crate) struct Select;

/// `a` where `condition` is true, else `b`; all three broadcast. One of `a` and `b` may be a number. NumPy's and
/// TensorFlow's `where` with three arguments.
#[track_caller]
pub fn select(condition: &Symbol, a: impl Into<Operand>, b: impl Into<Operand>) -> Symbol {
    let (a, b) = match (a.into(), b.into()) {
        (Operand::Symbol(a), b) => {
            let b = b.beside(&a);
            (a, b)
        }
        (a, Operand::Symbol(b)) => (a.beside(&b), b),
        (Operand::Number(a), Operand::Number(b)) => (crate::constant(a as f32), crate::constant(b as f32)),
    };
    Symbol::apply(Select, vec![condition.clone(), a, b])
}

impl Operation for Select {
    fn name(&self) -> &'static str {
        "select"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs[0].dtype != DType::Bool {
            return Err(Error::dtype(format!("the condition is {}, not bool", inputs[0].dtype))
                .help("compare first, as with `.greater(0.0)`"));
        }
        if inputs[1].dtype != inputs[2].dtype || matches!(inputs[1].dtype, DType::Str) {
            let (a, b) = (inputs[1].dtype, inputs[2].dtype);
            return Err(Error::dtype(format!("the alternatives are {a} and {b}"))
                .help("give two numeric alternatives of one dtype"));
        }
        Ok(vec![Spec::new(inputs[1].dtype, broadcast_dims(inputs.iter().map(|s| &s.dims))?)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (condition, dy) = (at.input(0), at.dy()?);
        let a = select(condition, dy, 0.0).sum_like(at.input(1));
        let b = select(condition, 0.0, dy).sum_like(at.input(2));
        Ok(vec![None, Some(a), Some(b)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::Scalar(Scalar::Select))
    }
}
