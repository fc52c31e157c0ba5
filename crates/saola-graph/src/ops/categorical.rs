//! `categorical`: classes drawn by their logits.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_kernels::random;
use saola_tensor::{DType, Error, Result};

use super::dispatch::{only_wide_floats, wide_float};
use crate::{Dim, Dims, Lowering, Operation, Role, Spec, Symbol, Value};

#[derive(Debug)]
struct Categorical {
    samples: usize,
    seed: Option<u64>,
}

/// `samples` numbers of classes (`i64`) for each row of logits, drawn with the probabilities of their softmax: of
/// `[.., classes]` comes `[.., samples]`. Logits are finite, or −∞ for a class that is never drawn. What is drawn depends
/// on the session and on `seed` as for [`crate::Random`]. Keras's and TensorFlow's `random.categorical`.
///
/// ```
/// use saola_graph::{DType, categorical, placeholder};
///
/// let logits = placeholder("logits", DType::F32, [3, 10]);
/// assert_eq!(categorical(&logits, 5, None).spec().to_string(), "i64[3, 5]");
/// ```
#[track_caller]
pub fn categorical(logits: &Symbol, samples: usize, seed: Option<u64>) -> Symbol {
    Symbol::apply(Categorical { samples, seed }, vec![logits.clone()])
}

impl Operation for Categorical {
    fn name(&self) -> &'static str {
        "categorical"
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_wide_floats(inputs[0].dtype)?;
        let dims = &inputs[0].dims;
        let Some((last, lead)) = dims.split_last() else {
            return Err(Error::shape("a scalar has no classes").help("give at least one axis"));
        };
        if *last == Dim::Known(0) {
            return Err(
                Error::shape(format!("there are no classes in {dims}")).help("give at least one class")
            );
        }
        Ok(vec![Spec::new(
            DType::I64,
            lead.iter().copied().chain([Dim::Known(self.samples)]).collect::<Dims>(),
        )])
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
    fn lower_with_stream(&self, stream: u64, inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        fn kernel<T: Pod + Float>(stream: u64, n: usize, k: usize) -> Lowering {
            Lowering::kernel(move |call: &mut Call<'_>| {
                let philox = random::generator(call.context.seed, stream, call.context.step);
                random::categorical(call.output(0), call.input::<T>(0), philox, n, k)
            })
        }
        let n = inputs[0].shape[inputs[0].shape.rank() - 1];
        Ok(wide_float!(inputs[0].dtype, T => kernel::<T>(stream, n, self.samples)))
    }
}
