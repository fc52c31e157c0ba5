//! `cholesky`: the root of a positive definite matrix.

use saola_kernels::linalg;
use saola_kernels::memory::Call;
use saola_tensor::Result;

use super::dispatch::wide_float;
use super::matrices::{side, square, turned};
use crate::{Gradient, Lowering, MatMul, Operation, Spec, Symbol, Triangle, Value};

#[derive(Debug)]
struct Cholesky;

impl Symbol {
    /// The lower triangles L with L·Lᵀ = A, for the positive definite matrices A along the last two axes, of which only
    /// the lower triangles are read; another matrix is an error of the run. The gradient is that for symmetric matrices
    /// (Murray, 2016). Meant for up to some hundreds of rows. Keras's and TensorFlow's `cholesky`.
    #[track_caller]
    pub fn cholesky(&self) -> Symbol {
        Symbol::apply(Cholesky, vec![self.clone()])
    }
}

impl Operation for Cholesky {
    fn name(&self) -> &'static str {
        "cholesky"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        square(inputs[0])?;
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        // A = L·Lᵀ moves by dA where L moves by L·Φ(L⁻¹·dA·L⁻ᵀ), Φ being the lower triangle with half the diagonal; this
        // is its reverse.
        let (l, dl) = (at.output(0), at.dy()?);
        let moved = MatMul::new().transpose_a().call(&l, dl);
        let half = (moved.tril(0) + moved.tril(-1)) * 0.5;
        let left = l.triangular_solve(&half, Triangle::Lower, true);
        let both = turned(&l.triangular_solve(&turned(&left), Triangle::Lower, true));
        Ok(vec![Some((&both + turned(&both)) * 0.5)])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let n = side(&inputs[0].shape);
        Ok(wide_float!(inputs[0].dtype, T => Lowering::kernel(move |call: &mut Call<'_>| {
            linalg::cholesky(call.output::<T>(0), call.input(0), n)
        })))
    }
}
