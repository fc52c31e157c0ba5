//! `det`: the volume that a matrix gives to the unit cube.

use saola_kernels::linalg;
use saola_kernels::memory::Call;
use saola_tensor::Result;

use super::dispatch::wide_float;
use super::matrices::{factors, room, side, square, turned};
use crate::{Gradient, Lowering, Operation, Spec, Symbol, Value};

#[derive(Debug)]
struct Det;

impl Symbol {
    /// The determinants of the matrices along the last two axes, which go. The gradient is computed from the inverse, so
    /// that of a singular matrix is an error of the run. Meant for up to some hundreds of rows. Keras's `det`.
    #[track_caller]
    pub fn det(&self) -> Symbol {
        Symbol::apply(Det, vec![self.clone()])
    }
}

impl Operation for Det {
    fn name(&self) -> &'static str {
        "det"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        let (lead, _) = square(inputs[0])?;
        Ok(vec![Spec::new(inputs[0].dtype, lead)])
    }
    fn gradient(&self, at: &Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        let slope = (at.dy()? * at.output(0)).expand_dims(-1).expand_dims(-1);
        Ok(vec![Some(slope * turned(&at.input(0).inverse()))])
    }
    fn lower(&self, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let n = side(&inputs[0].shape);
        let room = room(inputs[0].dtype, n);
        Ok(wide_float!(inputs[0].dtype, T => Lowering::Kernel(Box::new(move |call: &mut Call<'_>| {
            let factors = factors::<T>(call);
            linalg::det(call.output(0), call.input(0), n, factors);
            Ok(())
        }), room)))
    }
}
