//! `constant`: a value that is known.

use saola_tensor::{DType, Error, Result, Tensor};

use crate::{Lowering, Operation, Role, Spec, Symbol, Value};

#[derive(Debug)]
pub(crate) struct Constant(Tensor);

/// A value that never changes.
///
/// ```
/// let c = saola_graph::constant([1.0f32, 2.0]);
/// assert_eq!(c.spec().to_string(), "f32[2]");
/// ```
#[track_caller]
pub fn constant(value: impl Into<Tensor>) -> Symbol {
    Symbol::apply(Constant(value.into()), vec![])
}

/// The number `x` with the dtype of `like`. Beside integers, a fraction or a number out of their range is an error.
#[track_caller]
pub(crate) fn number_like(x: f64, like: &Symbol) -> Symbol {
    if like.error().is_some() {
        return like.clone();
    }
    let dtype = like.dtype();
    if dtype == DType::Str {
        return refused(
            like,
            format!("the number {x} beside strings"),
            "read numbers from strings with `string_to_number`",
        );
    }
    if dtype.is_integer() && x.fract() != 0.0 {
        return refused(
            like,
            format!("the fraction {x} beside {dtype}"),
            "convert the integers with `.cast(F32)`",
        );
    }
    let back = |value: &Tensor| value.cast(DType::F64).and_then(|t| t.item::<f64>()).unwrap_or(f64::NAN);
    match Tensor::scalar(x).cast(dtype) {
        Ok(value) if dtype.is_integer() && back(&value) != x => refused(
            like,
            format!("{x} is no {dtype}"),
            "convert the integers to a wider type with `.cast(I64)`",
        ),
        Ok(value) => constant(value),
        Err(error) => Symbol::poisoned(error),
    }
}

#[track_caller]
fn refused(like: &Symbol, what: String, help: &str) -> Symbol {
    let error = Error::dtype(what).with_note(like.note());
    Symbol::poisoned(error.help(help))
}

impl Operation for Constant {
    fn name(&self) -> &'static str {
        "constant"
    }
    fn infer(&self, _inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(self.0.dtype(), self.0.shape())])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Err(Error::internal("a constant is stored, not computed"))
    }
    fn role(&self) -> Role<'_> {
        Role::Constant(&self.0)
    }
    fn signature(&self) -> Option<String> {
        // Scalars are told apart by their value; larger constants are not compared.
        (self.0.len() == 1 && self.0.rank() == 0 && self.0.dtype() != DType::Str)
            .then(|| format!("{} {}", self.0.dtype(), self.0))
    }
}
