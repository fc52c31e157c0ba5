//! `random`: uniform, normal and truncated normal numbers.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_kernels::random;
use saola_tensor::{DType, Error, Result};

use crate::{Dims, Lowering, Operation, Role, Spec, Symbol, Value};

/// Random numbers to be drawn anew in each run, the same ones again under the same seed.
///
/// What is drawn depends on the session's seed, on the number of runs before, and on which random operation of
/// the run this is; or, with a seed of its own, on that seed instead of its place.
///
/// ```
/// use saola_graph::Random;
///
/// let noise = Random::new([2, 3]).seed(7).normal(0.0, 1.0);
/// assert_eq!(noise.spec().to_string(), "f32[2, 3]");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Random {
    spec: Spec,
    like: Option<Symbol>,
    seed: Option<u64>,
}

#[derive(Debug)]
struct Draw {
    spec: Spec,
    seed: Option<u64>,
    distribution: Distribution,
}

#[derive(Clone, Copy, Debug)]
enum Distribution {
    Uniform(f64, f64),
    Normal(f64, f64),
    Truncated(f64, f64),
}

impl Random {
    /// Numbers of these dimensions, `f32` unless [`Random::dtype`] says otherwise.
    pub fn new(dims: impl Into<Dims>) -> Random {
        Random { spec: Spec::new(DType::F32, dims), like: None, seed: None }
    }

    /// Numbers in the dtype and shape of `like`, also where its extents are not known yet.
    pub fn like(like: &Symbol) -> Random {
        Random { spec: like.spec().clone(), like: Some(like.clone()), seed: None }
    }

    /// Another dtype: `f32` or `f64`.
    pub fn dtype(mut self, dtype: DType) -> Random {
        self.spec.dtype = dtype;
        self
    }

    /// A seed of its own.
    pub fn seed(mut self, seed: u64) -> Random {
        self.seed = Some(seed);
        self
    }

    /// Every number in `low..high` equally likely.
    #[track_caller]
    pub fn uniform(self, low: f64, high: f64) -> Symbol {
        self.draw(Distribution::Uniform(low, high))
    }

    /// The normal distribution.
    #[track_caller]
    pub fn normal(self, mean: f64, deviation: f64) -> Symbol {
        self.draw(Distribution::Normal(mean, deviation))
    }

    /// The normal distribution without what is further than two deviations from the mean; that is drawn again.
    #[track_caller]
    pub fn truncated_normal(self, mean: f64, deviation: f64) -> Symbol {
        self.draw(Distribution::Truncated(mean, deviation))
    }

    #[track_caller]
    fn draw(self, distribution: Distribution) -> Symbol {
        let draw = Draw { spec: self.spec, seed: self.seed, distribution };
        Symbol::apply(draw, self.like.into_iter().collect())
    }
}

impl Operation for Draw {
    fn name(&self) -> &'static str {
        match self.distribution {
            Distribution::Uniform(..) => "random_uniform",
            Distribution::Normal(..) => "random_normal",
            Distribution::Truncated(..) => "random_truncated_normal",
        }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if !matches!(self.spec.dtype, DType::F32 | DType::F64) {
            return Err(Error::dtype(format!("gives f32 or f64, not {}", self.spec.dtype))
                .help("draw floats and convert them with `.cast(..)`"));
        }
        let (Distribution::Uniform(a, b) | Distribution::Normal(a, b) | Distribution::Truncated(a, b)) =
            self.distribution;
        if !a.is_finite() || !b.is_finite() {
            return Err(Error::value(format!("{a} and {b} are no parameters of a distribution"))
                .help("give finite numbers"));
        }
        let dims = inputs.first().map_or(&self.spec.dims, |like| &like.dims);
        if inputs.is_empty() && dims.known().is_none() {
            return Err(Error::shape(format!("cannot draw numbers of shape {dims}"))
                .help("use `Random::like(..)` where an extent is not known yet"));
        }
        Ok(vec![Spec::new(self.spec.dtype, dims)])
    }
    fn gradient(&self, at: &crate::Gradient<'_>) -> Result<Vec<Option<Symbol>>> {
        Ok(at.inputs().iter().map(|_| None).collect())
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
    fn lower_with_stream(&self, stream: u64, _inputs: &[Value], outputs: &[Value]) -> Result<Lowering> {
        Ok(draw_kernel(self.distribution, outputs[0].dtype, stream))
    }
}

fn draw_kernel(distribution: Distribution, dtype: DType, stream: u64) -> Lowering {
    fn kernel<T: Pod + Float>(distribution: Distribution, stream: u64) -> Lowering {
        Lowering::kernel(move |call: &mut Call<'_>| {
            let philox = random::generator(call.context.seed, stream, call.context.step);
            let out = call.output::<T>(0);
            match distribution {
                Distribution::Uniform(a, b) => random::uniform(out, philox, T::of(a), T::of(b)),
                Distribution::Normal(a, b) => random::normal(out, philox, T::of(a), T::of(b)),
                Distribution::Truncated(a, b) => random::truncated_normal(out, philox, T::of(a), T::of(b)),
            }
            Ok(())
        })
    }
    match dtype {
        DType::F32 => kernel::<f32>(distribution, stream),
        _ => kernel::<f64>(distribution, stream),
    }
}
