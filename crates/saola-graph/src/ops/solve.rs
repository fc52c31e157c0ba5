//! `solve`: systems of linear equations.

use saola_kernels::linalg;
use saola_kernels::memory::Call;
use saola_tensor::Result;

use super::dispatch::wide_float;
use super::matrices::{factors, minus_outer, room, side, solutions, turned};
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Solve;

impl Symbol {
    /// The solutions x of A·x = `other` for the matrices A along the last two axes: `[.., n, n]` and `[.., n, k]` give
    /// `[.., n, k]`, and `[.., n, n]` and `[.., n]` give `[.., n]`. A singular matrix is an error of the run. Meant for
    /// up to some hundreds of rows. Keras's `solve`.
    #[track_caller]
    pub fn solve(&self, other: &Symbol) -> Symbol {
        if other.rank() + 1 == self.rank() {
            let column = other.expand_dims(-1);
            return Symbol::apply(Solve, vec![self.clone(), column]).squeeze(-1);
        }
        Symbol::apply(Solve, vec![self.clone(), other.clone()])
    }
}

impl Operation for Solve {
    fn name(&self) -> &'static str {
        "solve"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, solutions(inputs[0], inputs[1])?)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let db = Symbol::apply(Solve, vec![turned(at.input(0)), at.dy()?.clone()]);
        Ok(vec![Some(minus_outer(&db, &at.output(0))), Some(db)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (n, k) = (side(&inputs[0].shape), side(&inputs[1].shape));
        let room = room(inputs[0].dtype, n);
        Ok(wide_float!(inputs[0].dtype, T => Lowering::Kernel(Box::new(move |call: &mut Call<'_>| {
            let factors = factors::<T>(call);
            linalg::solve(call.output(0), call.input(0), call.input(1), n, k, factors)
        }), room)))
    }
}
