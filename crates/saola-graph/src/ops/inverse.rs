//! `inverse`: the matrix that undoes another.

use saola_kernels::linalg;
use saola_kernels::memory::Call;
use saola_tensor::Result;

use super::dispatch::wide_float;
use super::matrices::{factors, minus_outer, room, side, square};
use crate::{Gradient, Lowering, MatMul, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Inverse;

impl Symbol {
    /// The inverses of the matrices along the last two axes. A singular matrix is an error of the run. Meant for up to
    /// some hundreds of rows; to solve equations, [`Symbol::solve`] is faster and more precise. Keras's `inv`,
    /// TensorFlow's `linalg.inv`.
    #[track_caller]
    pub fn inverse(&self) -> Symbol {
        Symbol::apply(Inverse, vec![self.clone()])
    }
}

impl Operation for Inverse {
    fn name(&self) -> &'static str {
        "inverse"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        square(inputs[0])?;
        Ok(vec![inputs[0].clone()])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let y = at.output(0);
        let left = MatMul::new().transpose_a().call(&y, at.dy()?);
        Ok(vec![Some(minus_outer(&left, &y))])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let n = side(&inputs[0].shape);
        let room = room(inputs[0].dtype, n);
        Ok(wide_float!(inputs[0].dtype, T => Lowering::Kernel(Box::new(move |call: &mut Call<'_>| {
            let factors = factors::<T>(call);
            linalg::inverse(call.output(0), call.input(0), n, factors)
        }), room)))
    }
}
