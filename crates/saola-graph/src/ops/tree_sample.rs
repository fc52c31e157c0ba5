//! `tree_sample`: a sample of all rows that pass by.

use saola_kernels::memory::Call;
use saola_kernels::trees::bins;
use saola_tensor::{DType, Result};

use super::trees::expect;
use crate::{Dim, Effect, Lowering, Operation, Spec, Symbol, Value};

/// Inputs: the sample, how many rows there were, more rows, and whether they count.
#[derive(Debug)]
struct TreeSample;

/// Takes `rows`, `f32` of `[rows, features]`, into the variable `sample`, `[places, features]`, and adds their number to the
/// variable `seen`, an `i64`; nothing happens where the truth value `gate` is false. When all rows have passed by, each is in the sample with the same chance; which ones are
/// depends on their numbers alone.
#[track_caller]
pub fn tree_sample(sample: &Symbol, seen: &Symbol, rows: &Symbol, gate: &Symbol) -> Effect {
    for variable in [sample, seen] {
        if let Err(error) = super::only_variable(variable) {
            return Effect::new(Symbol::poisoned(error));
        }
    }
    let inputs = [sample, seen, rows, gate].map(Symbol::clone).to_vec();
    Effect::new(Symbol::apply(TreeSample, inputs))
}

impl Operation for TreeSample {
    fn name(&self) -> &'static str {
        "tree_sample"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        expect("samples", inputs[0], DType::F32, &[Dim::Any, Dim::Any])?;
        expect("counts", inputs[1], DType::I64, &[])?;
        expect("rows", inputs[2], DType::F32, &[Dim::Any, inputs[0].dims[1]])?;
        expect("gates", inputs[3], DType::Bool, &[])?;
        Ok(vec![inputs[0].clone(), inputs[1].clone()])
    }
    fn no_gradient(&self) -> Option<&'static str> {
        Some("it is an update; differentiate what is computed from the rows")
    }
    fn writes(&self) -> &[usize] {
        &[0, 1]
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let width = inputs[0].shape[1];
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let seen = call.output::<i64>(1);
            if call.input::<u8>(1)[0] == 0 {
                return Ok(());
            }
            bins::sample(call.output(0), &mut seen[0], call.input(0), width);
            Ok(())
        }))
    }
}
