//! `in_phase`: one thing in training, another in inference.

use saola_tensor::{Error, Result};

use crate::{Gradient, Lowering, Operation, Role, Spec, Symbol, Value};

#[derive(Debug)]
struct InPhase;

/// `training` in runs that train, `inference` in all others. A plan is made for one phase and holds only that
/// side. Both sides agree in dtype and dimensions.
#[track_caller]
pub fn in_phase(training: &Symbol, inference: &Symbol) -> Symbol {
    Symbol::apply(InPhase, vec![training.clone(), inference.clone()])
}

impl Operation for InPhase {
    fn name(&self) -> &'static str {
        "in_phase"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (a, b) = (inputs[0], inputs[1]);
        let same = a.dims.len() == b.dims.len() && a.dims.iter().zip(b.dims.iter()).all(|(x, y)| x.fits(*y));
        if a.dtype != b.dtype || !same {
            return Err(Error::shape(format!("the sides are {a} and {b}"))
                .help("both phases must give the same shape"));
        }
        Ok(vec![a.clone()])
    }
    fn gradient(&self, _at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Err(Error::internal("differentiation keeps the sides of a phase apart itself"))
    }
    fn role(&self) -> Role<'_> {
        Role::InPhase
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Err(Error::internal("a plan is made for one phase"))
    }
}
