//! `gather_strings`: strings of a list by their places.

use saola_kernels::memory::{Call, KernelError};
use saola_tensor::{DType, Error, Result};

use super::dispatch::only_indices;
use super::lookup::as_indices;
use super::texts::only_strings;
use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct GatherStrings;

impl Symbol {
    /// For each of `indices` the string of this list that has its number: `[n]` and indices `[..]` give `[..]`. A number
    /// outside of the list is an error of the run. TensorFlow's `gather` of strings.
    #[track_caller]
    pub fn gather_strings(&self, indices: &Symbol) -> Symbol {
        Symbol::apply(GatherStrings, vec![self.clone(), as_indices(indices)])
    }
}

impl Operation for GatherStrings {
    fn name(&self) -> &'static str {
        "gather_strings"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_strings(inputs[0].dtype)?;
        only_indices(inputs[1].dtype)?;
        if inputs[0].dims.len() != 1 {
            return Err(Error::shape(format!("the strings are {}", inputs[0].dims)).help("give a vector"));
        }
        Ok(vec![Spec::new(DType::Str, &inputs[1].dims)])
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let axis = to.int(0)?;
        let of =
            [("Tparams", DType::Str.into()), ("Tindices", DType::I64.into()), ("Taxis", DType::I32.into())];
        Ok(vec![to.node("GatherV2", [to.input(0), to.input(1), axis], of)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let (out, strings) = (call.output_strings(0), call.strings(0));
            for &at in call.input::<i64>(1) {
                let found = usize::try_from(at).ok().and_then(|at| strings.get(at));
                out.push(found.ok_or_else(|| KernelError {
                    message: format!("there is no string {at}"),
                    help: format!("the list has {} strings, counted from 0", strings.len()),
                })?);
            }
            Ok(())
        }))
    }
}
