//! `random`: uniform, normal and truncated normal numbers, whole numbers, and ones among zeros.

use saola_kernels::math::Float;
use saola_kernels::memory::{Call, Pod};
use saola_kernels::{random, random_shapes};
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
    asked: Option<DType>,
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
    /// From the first number on to before the second.
    Integers(i64, i64),
    Gamma(f64),
    Beta(f64, f64),
    Binomial(f64, f64),
}

impl Random {
    /// Numbers of these dimensions, `f32` unless [`Random::dtype`] says otherwise.
    pub fn new(dims: impl Into<Dims>) -> Random {
        Random { spec: Spec::new(DType::F32, dims), asked: None, like: None, seed: None }
    }

    /// Numbers in the dtype and shape of `like`, also where its extents are not known yet.
    pub fn like(like: &Symbol) -> Random {
        Random { spec: like.spec().clone(), asked: None, like: Some(like.clone()), seed: None }
    }

    /// Another dtype: `f32` or `f64`; for [`Random::randint`] `i32`, `i64` or `u8`; for [`Random::bernoulli`] any.
    pub fn dtype(mut self, dtype: DType) -> Random {
        self.asked = Some(dtype);
        self.spec.dtype = dtype;
        self
    }

    /// A seed of its own.
    pub fn seed(mut self, seed: u64) -> Random {
        self.seed = Some(seed);
        self
    }

    /// Every number in `low..high` equally likely; `low` everywhere where both are equal.
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

    /// Every whole number in `low..high` equally likely, as `i64` unless another integer dtype is asked for. Keras's
    /// `random.randint`.
    #[track_caller]
    pub fn randint(mut self, low: i64, high: i64) -> Symbol {
        if self.asked.is_none() && !self.spec.dtype.is_integer() {
            self.spec.dtype = DType::I64;
        }
        self.draw(Distribution::Integers(low, high))
    }

    /// The gamma distribution of shape `alpha`, above 0, and scale 1. Keras's `random.gamma`.
    #[track_caller]
    pub fn gamma(self, alpha: f64) -> Symbol {
        self.draw(Distribution::Gamma(alpha))
    }

    /// The beta distribution, whose parameters are above 0. Keras's `random.beta`.
    #[track_caller]
    pub fn beta(self, alpha: f64, beta: f64) -> Symbol {
        self.draw(Distribution::Beta(alpha, beta))
    }

    /// How many of `counts` trials succeed, each with this probability: whole numbers of a float dtype, as in Keras's
    /// `random.binomial`.
    #[track_caller]
    pub fn binomial(self, counts: u32, probability: f64) -> Symbol {
        self.draw(Distribution::Binomial(f64::from(counts), probability))
    }

    /// 1 with this probability, else 0.
    #[track_caller]
    pub fn bernoulli(mut self, probability: f64) -> Symbol {
        if !(0.0..=1.0).contains(&probability) {
            let error = Error::value(format!("bernoulli: {probability} is no probability"));
            return Symbol::poisoned(error.help("give a number from 0 to 1"));
        }
        let dtype = std::mem::replace(&mut self.spec.dtype, DType::F32);
        self.uniform(0.0, 1.0).less(probability).cast(dtype)
    }

    #[track_caller]
    fn draw(self, distribution: Distribution) -> Symbol {
        let draw = Draw { spec: self.spec, seed: self.seed, distribution };
        Symbol::apply(draw, self.like.into_iter().collect())
    }
}

impl Draw {
    /// Refuses a dtype or parameters that the distribution does not have.
    fn check(&self) -> Result<()> {
        let dtype = self.spec.dtype;
        match self.distribution {
            Distribution::Integers(low, high) => {
                let (least, most) = match dtype {
                    DType::I64 => (i64::MIN, i64::MAX),
                    DType::I32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
                    DType::U8 => (0, 255),
                    other => {
                        return Err(Error::dtype(format!("gives i32, i64 or u8, not {other}"))
                            .help("draw integers and convert them with `.cast(..)`"));
                    }
                };
                if low >= high || low < least || high - 1 > most {
                    return Err(Error::value(format!("{low}..{high} are no numbers of {dtype}"))
                        .help("give a range that is not empty and that the dtype holds"));
                }
            }
            Distribution::Gamma(_) | Distribution::Beta(..) | Distribution::Binomial(..) => {
                self.check_shape_parameters()?;
            }
            Distribution::Uniform(a, b) | Distribution::Normal(a, b) | Distribution::Truncated(a, b) => {
                if !matches!(dtype, DType::F32 | DType::F64) {
                    return Err(Error::dtype(format!("gives f32 or f64, not {dtype}"))
                        .help("draw floats and convert them with `.cast(..)`, or use `randint`"));
                }
                let held = |x: f64| if dtype == DType::F32 { (x as f32).is_finite() } else { x.is_finite() };
                if ![a, b, b - a].into_iter().all(held) {
                    let text = format!("{a} and {b} are no parameters of a distribution of {dtype}");
                    return Err(
                        Error::value(text).help("give numbers that it holds, and their distance as well")
                    );
                }
                let uniform = matches!(self.distribution, Distribution::Uniform(..));
                if uniform && a > b {
                    return Err(Error::value(format!("there are no numbers from {a} to {b}"))
                        .help("give the smaller bound first"));
                }
                if !uniform && b < 0.0 {
                    return Err(Error::value(format!("{b} is no standard deviation"))
                        .help("give a number that is not negative"));
                }
            }
        }
        Ok(())
    }
}

impl Draw {
    /// As [`Draw::check`], for distributions whose form the parameters are.
    fn check_shape_parameters(&self) -> Result<()> {
        let dtype = self.spec.dtype;
        if !matches!(dtype, DType::F32 | DType::F64) {
            return Err(Error::dtype(format!("gives f32 or f64, not {dtype}"))
                .help("draw floats and convert them with `.cast(..)`"));
        }
        let above = |x: f64| x > 0.0 && x.is_finite();
        let sound = match self.distribution {
            Distribution::Gamma(alpha) => above(alpha),
            Distribution::Beta(alpha, beta) => above(alpha) && above(beta),
            Distribution::Binomial(_, p) => (0.0..=1.0).contains(&p),
            _ => true,
        };
        match sound {
            true => Ok(()),
            false => Err(Error::value(format!("{:?} is no distribution", self.distribution))
                .help("parameters of gamma and beta are above 0, a probability is from 0 to 1")),
        }
    }
}

impl Operation for Draw {
    fn name(&self) -> &'static str {
        match self.distribution {
            Distribution::Uniform(..) => "random_uniform",
            Distribution::Normal(..) => "random_normal",
            Distribution::Truncated(..) => "random_truncated_normal",
            Distribution::Integers(..) => "random_integers",
            Distribution::Gamma(..) => "random_gamma",
            Distribution::Beta(..) => "random_beta",
            Distribution::Binomial(..) => "random_binomial",
        }
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        self.check()?;
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

fn integers_kernel(low: i64, high: i64, dtype: DType, stream: u64) -> Lowering {
    fn kernel<T: Pod>(low: i64, high: i64, stream: u64, of: fn(i64) -> T) -> Lowering {
        Lowering::kernel(move |call: &mut Call<'_>| {
            let philox = random::generator(call.context.seed, stream, call.context.step);
            random::integers(call.output::<T>(0), philox, low, high.wrapping_sub(low) as u64, of);
            Ok(())
        })
    }
    match dtype {
        DType::I32 => kernel(low, high, stream, |x| x as i32),
        DType::U8 => kernel(low, high, stream, |x| x as u8),
        _ => kernel(low, high, stream, |x| x),
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
                Distribution::Gamma(alpha) => random_shapes::gamma(out, philox, alpha),
                Distribution::Beta(alpha, beta) => random_shapes::beta(out, philox, alpha, beta),
                Distribution::Binomial(n, p) => random_shapes::binomial(out, philox, n as u64, p),
                Distribution::Integers(..) => unreachable!("integers have a kernel of their own"),
            }
            Ok(())
        })
    }
    if let Distribution::Integers(low, high) = distribution {
        return integers_kernel(low, high, dtype, stream);
    }
    match dtype {
        DType::F32 => kernel::<f32>(distribution, stream),
        _ => kernel::<f64>(distribution, stream),
    }
}
