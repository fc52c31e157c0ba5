//! `shuffle`: rows in a random order.

use saola_kernels::memory::Call;
use saola_kernels::random;
use saola_tensor::{DType, Error, Result};

use crate::{Lowering, Operation, Role, Spec, Symbol, Value};

/// The numbers of the rows of its input, of which only the shape counts, in a random order.
#[derive(Debug)]
struct Permutation {
    seed: Option<u64>,
}

/// The rows of `x`, its slices along the first axis, in a random order, every order equally likely. What is drawn
/// depends on the session and on `seed` as for [`crate::Random`]. Gradients go back to where rows came from. Keras's
/// and TensorFlow's `random.shuffle`.
#[track_caller]
pub fn shuffle(x: &Symbol, seed: Option<u64>) -> Symbol {
    let order = Symbol::apply(Permutation { seed }, vec![x.clone()]);
    x.gather(&order, 0)
}

impl Operation for Permutation {
    fn name(&self) -> &'static str {
        "random_permutation"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        match inputs[0].dims.first() {
            Some(&rows) => Ok(vec![Spec::new(DType::I64, [rows])]),
            None => Err(Error::shape("a scalar has no rows").help("give at least one axis")),
        }
    }
    fn shape_only(&self, _index: usize) -> bool {
        true
    }
    fn role(&self) -> Role<'_> {
        Role::Random(self.seed)
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn lower(&self, inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        self.lower_with_stream(self.seed.unwrap_or(0), inputs, outputs)
    }
    fn lower_with_stream(&self, stream: u64, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let philox = random::generator(call.context.seed, stream, call.context.step);
            random::permutation(call.output(0), philox);
            Ok(())
        }))
    }
}
