//! `triangular_solve`: systems of equations that can be solved one after the other.

use saola_kernels::linalg;
use saola_kernels::memory::Call;
use saola_tensor::Result;

use super::dispatch::wide_float;
use super::matrices::{minus_outer, side, solutions};
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

/// Which half of a matrix is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Triangle {
    /// What is below the diagonal and on it.
    Lower,
    /// What is above the diagonal and on it.
    Upper,
}

#[derive(Debug)]
struct TriangularSolve {
    triangle: Triangle,
    transpose: bool,
}

impl Symbol {
    /// The solutions x of T·x = `other`, or Tᵀ·x = `other` with `transpose`, for a triangle T of the matrices along the
    /// last two axes: `[.., n, n]` and `[.., n, k]` give `[.., n, k]`. What is outside of the triangle is not read. A
    /// zero on the diagonal is an error of the run. Keras's `solve_triangular`, TensorFlow's
    /// `linalg.triangular_solve`.
    #[track_caller]
    pub fn triangular_solve(&self, other: &Symbol, triangle: Triangle, transpose: bool) -> Symbol {
        Symbol::apply(TriangularSolve { triangle, transpose }, vec![self.clone(), other.clone()])
    }
}

impl Operation for TriangularSolve {
    fn name(&self) -> &'static str {
        "triangular_solve"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        Ok(vec![Spec::new(inputs[0].dtype, solutions(inputs[0], inputs[1])?)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let (a, x) = (at.input(0), at.output(0));
        let db = a.triangular_solve(at.dy()?, self.triangle, !self.transpose);
        let whole = if self.transpose { minus_outer(&x, &db) } else { minus_outer(&db, &x) };
        let da = if self.triangle == Triangle::Lower { whole.tril(0) } else { whole.triu(0) };
        Ok(vec![Some(da), Some(db)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let (n, k) = (side(&inputs[0].shape), side(&inputs[1].shape));
        let lower = self.triangle == Triangle::Lower;
        let triangle = linalg::Triangle { lower, transpose: self.transpose };
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            linalg::triangular_solve(call.output::<T>(0), call.input(0), call.input(1), n, k, triangle)
        })))
    }
}
