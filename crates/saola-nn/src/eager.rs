//! Layers on tensors.

use std::sync::{Mutex, PoisonError};

use saola_graph::{Dim, Dims, Symbol, placeholder};
use saola_runtime::{Feeds, RunOptions, Session};
use saola_tensor::{DType, Error, Result, Tensor};

use crate::layer::{IntoLayer, LayerRef};
use crate::{Scope, Weights};

/// A layer that is run on tensors, outside of any model: in the step of a pipeline, or to look at what it does. Its graph
/// is built once for each dtype and shape of an example.
///
/// ```
/// use saola_nn::Eager;
/// use saola_nn::layers::Rescaling;
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let rescale = Eager::new(Rescaling::new(0.5));
/// let y = rescale.run(&Tensor::from([[0u8, 51, 255]]))?;
/// assert_eq!(y.to_vec::<f32>()?, [0.0, 25.5, 127.5]);
/// # Ok(())
/// # }
/// ```
pub struct Eager {
    layer: LayerRef,
    options: RunOptions,
    session: Session,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    weights: Weights,
    built: Vec<Built>,
}

/// The layer on placeholders.
#[derive(Clone)]
struct Built {
    inputs: Vec<Symbol>,
    output: Symbol,
}

impl Eager {
    /// `layer`, run as in inference.
    pub fn new(layer: impl IntoLayer) -> Eager {
        Eager::with(layer.into_layer(), RunOptions::new(), Session::new())
    }

    /// `layer`, run as in training, with random numbers that follow from `seed`: for layers that augment data.
    pub fn training(layer: impl IntoLayer, seed: u64) -> Eager {
        Eager::with(layer.into_layer(), RunOptions::training(), Session::with_seed(seed))
    }

    fn with(layer: LayerRef, options: RunOptions, session: Session) -> Eager {
        Eager { layer, options, session, state: Mutex::default() }
    }

    /// The layer's output for a batch.
    ///
    /// # Errors
    /// An input that the layer does not take.
    pub fn run(&self, x: &Tensor) -> Result<Tensor> {
        self.run_many(&[x])
    }

    /// The output of a layer that takes several inputs.
    ///
    /// # Errors
    /// As [`Eager::run`].
    pub fn run_many(&self, xs: &[&Tensor]) -> Result<Tensor> {
        let built = self.built(xs)?;
        let feeds = built.inputs.iter().zip(xs).fold(Feeds::new(), |feeds, (x, value)| feeds.with(x, *value));
        self.session.run_with(self.options.clone(), &built.output, feeds)
    }

    fn built(&self, xs: &[&Tensor]) -> Result<Built> {
        let specs: Vec<(DType, Dims)> = xs.iter().map(|x| (x.dtype(), batch(x))).collect();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |b: &&Built| {
            let theirs = b.inputs.iter().map(|x| (x.dtype(), x.dims().clone()));
            theirs.eq(specs.iter().cloned())
        };
        if let Some(built) = state.built.iter().find(same) {
            return Ok(built.clone());
        }
        let inputs: Vec<Symbol> =
            specs.into_iter().map(|(dtype, dims)| placeholder("x", dtype, dims)).collect();
        let output = Scope::new(&mut state.weights).call_ref(&self.layer, &inputs);
        output.check().map_err(|e: Error| e.context("running a layer on tensors"))?;
        let built = Built { inputs, output };
        state.built.push(built.clone());
        Ok(built)
    }
}

/// The dimensions of `x` with an open batch.
fn batch(x: &Tensor) -> Dims {
    let dim = |(axis, &n): (usize, &usize)| if axis == 0 { Dim::Any } else { Dim::Known(n) };
    x.shape().iter().enumerate().map(dim).collect()
}
