//! How weights begin.
//!
//! An initializer is a typed value ([`GlorotUniform`], [`Zeros`], ..), or its Keras name as a string. Which random
//! numbers a weight gets follows from the session's seed and the weight's path, or from a seed of its own.

use saola_graph::{Dims, Random, Symbol, constant};
use saola_tensor::{DType, Error, Tensor, suggest};

/// How a weight begins.
#[derive(Clone, Debug)]
pub struct Initializer {
    kind: Kind,
    seed: Option<u64>,
}

#[derive(Clone, Debug)]
enum Kind {
    Constant(f64),
    Values(Tensor),
    Uniform(f64, f64),
    Normal(f64, f64),
    Truncated(f64, f64),
    Scaled(f64, Mode, Distribution),
    Unknown(Error),
}

/// Which of a weight's extents a variance is divided by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// How many inputs each output has.
    FanIn,
    /// How many outputs each input has.
    FanOut,
    /// The mean of both.
    FanAvg,
}

/// The distribution of a variance-scaling initializer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distribution {
    /// Normal, cut off at two deviations, widened so that the variance is what it says.
    TruncatedNormal,
    /// Normal.
    UntruncatedNormal,
    /// Uniform.
    Uniform,
}

/// The deviation of the standard normal distribution once it is cut off at two deviations.
const TRUNCATED_DEVIATION: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    fn new(kind: Kind) -> Initializer {
        Initializer { kind, seed: None }
    }

    /// The same initializer with random numbers that follow from `seed` alone.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Initializer {
        self.seed = Some(seed);
        self
    }

    /// The initial value of a weight of `dims`.
    #[track_caller]
    pub fn symbol(&self, dims: &Dims, dtype: DType) -> Symbol {
        let Some(shape) = dims.known() else {
            return Symbol::poisoned(Error::shape(format!("cannot initialize a weight of {dims}")));
        };
        let draw = || {
            let random = Random::new(dims).dtype(dtype);
            match self.seed {
                Some(seed) => random.seed(seed),
                None => random,
            }
        };
        match &self.kind {
            Kind::Constant(x) => match Tensor::full(*x, shape).and_then(|t| t.cast(dtype)) {
                Ok(tensor) => constant(tensor),
                Err(error) => Symbol::poisoned(error),
            },
            Kind::Values(values) => match values.reshape(shape).and_then(|t| t.cast(dtype)) {
                Ok(tensor) => constant(tensor),
                Err(error) => Symbol::poisoned(error.help("give as many values as the weight has elements")),
            },
            Kind::Uniform(low, high) => draw().uniform(*low, *high),
            Kind::Normal(mean, deviation) => draw().normal(*mean, *deviation),
            Kind::Truncated(mean, deviation) => draw().truncated_normal(*mean, *deviation),
            Kind::Scaled(scale, mode, distribution) => {
                let (fan_in, fan_out) = fans(&shape);
                let n = match mode {
                    Mode::FanIn => fan_in,
                    Mode::FanOut => fan_out,
                    Mode::FanAvg => (fan_in + fan_out) / 2.0,
                };
                let variance = scale / n.max(1.0);
                match distribution {
                    Distribution::Uniform => {
                        let limit = (3.0 * variance).sqrt();
                        draw().uniform(-limit, limit)
                    }
                    Distribution::UntruncatedNormal => draw().normal(0.0, variance.sqrt()),
                    Distribution::TruncatedNormal => {
                        draw().truncated_normal(0.0, variance.sqrt() / TRUNCATED_DEVIATION)
                    }
                }
            }
            Kind::Unknown(error) => Symbol::poisoned(error.clone()),
        }
    }
}

/// How many inputs each output of a weight has, and how many outputs each input.
fn fans(shape: &[usize]) -> (f64, f64) {
    match *shape {
        [] => (1.0, 1.0),
        [n] => (n as f64, n as f64),
        [.., fan_in, fan_out] => {
            let field: usize = shape[..shape.len() - 2].iter().product();
            ((field * fan_in) as f64, (field * fan_out) as f64)
        }
    }
}

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident => $kind:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        pub struct $name;

        impl $name {
            /// The same with random numbers that follow from `seed` alone.
            pub fn seed(self, seed: u64) -> Initializer {
                Initializer::from(self).seed(seed)
            }
        }

        impl From<$name> for Initializer {
            fn from(_: $name) -> Initializer {
                Initializer::new($kind)
            }
        }
    )*};
}
named! {
    /// Zeros.
    Zeros => Kind::Constant(0.0);
    /// Ones.
    Ones => Kind::Constant(1.0);
    /// Uniform within ±√(6 / (inputs + outputs)) (Glorot and Bengio, 2010).
    GlorotUniform => Kind::Scaled(1.0, Mode::FanAvg, Distribution::Uniform);
    /// Truncated normal of variance 2 / (inputs + outputs) (Glorot and Bengio, 2010).
    GlorotNormal => Kind::Scaled(1.0, Mode::FanAvg, Distribution::TruncatedNormal);
    /// Uniform within ±√(6 / inputs) (He et al., 2015).
    HeUniform => Kind::Scaled(2.0, Mode::FanIn, Distribution::Uniform);
    /// Truncated normal of variance 2 / inputs (He et al., 2015).
    HeNormal => Kind::Scaled(2.0, Mode::FanIn, Distribution::TruncatedNormal);
    /// Uniform within ±√(3 / inputs) (LeCun et al., 1998).
    LecunUniform => Kind::Scaled(1.0, Mode::FanIn, Distribution::Uniform);
    /// Truncated normal of variance 1 / inputs (LeCun et al., 1998).
    LecunNormal => Kind::Scaled(1.0, Mode::FanIn, Distribution::TruncatedNormal);
}

/// The same number everywhere.
#[derive(Clone, Copy, Debug)]
pub struct Constant(pub f64);

impl From<Constant> for Initializer {
    fn from(constant: Constant) -> Initializer {
        Initializer::new(Kind::Constant(constant.0))
    }
}

/// Uniform between two bounds; ±0.05 by default.
#[derive(Clone, Copy, Debug)]
pub struct RandomUniform {
    /// The lower bound.
    pub min: f64,
    /// The upper bound.
    pub max: f64,
}

impl Default for RandomUniform {
    fn default() -> RandomUniform {
        RandomUniform { min: -0.05, max: 0.05 }
    }
}

impl From<RandomUniform> for Initializer {
    fn from(r: RandomUniform) -> Initializer {
        Initializer::new(Kind::Uniform(r.min, r.max))
    }
}

/// The normal distribution; mean 0 and deviation 0.05 by default.
#[derive(Clone, Copy, Debug)]
pub struct RandomNormal {
    /// The mean.
    pub mean: f64,
    /// The standard deviation.
    pub stddev: f64,
}

impl Default for RandomNormal {
    fn default() -> RandomNormal {
        RandomNormal { mean: 0.0, stddev: 0.05 }
    }
}

impl From<RandomNormal> for Initializer {
    fn from(r: RandomNormal) -> Initializer {
        Initializer::new(Kind::Normal(r.mean, r.stddev))
    }
}

/// The normal distribution, drawn again beyond two deviations; mean 0 and deviation 0.05 by default.
#[derive(Clone, Copy, Debug)]
pub struct TruncatedNormal {
    /// The mean.
    pub mean: f64,
    /// The standard deviation before it is cut off.
    pub stddev: f64,
}

impl Default for TruncatedNormal {
    fn default() -> TruncatedNormal {
        TruncatedNormal { mean: 0.0, stddev: 0.05 }
    }
}

impl From<TruncatedNormal> for Initializer {
    fn from(r: TruncatedNormal) -> Initializer {
        Initializer::new(Kind::Truncated(r.mean, r.stddev))
    }
}

/// Random numbers whose variance is a scale divided by the number of inputs or outputs.
#[derive(Clone, Copy, Debug)]
pub struct VarianceScaling {
    /// The scale.
    pub scale: f64,
    /// What it is divided by.
    pub mode: Mode,
    /// The distribution.
    pub distribution: Distribution,
}

impl Default for VarianceScaling {
    fn default() -> VarianceScaling {
        VarianceScaling { scale: 1.0, mode: Mode::FanIn, distribution: Distribution::TruncatedNormal }
    }
}

impl From<VarianceScaling> for Initializer {
    fn from(v: VarianceScaling) -> Initializer {
        Initializer::new(Kind::Scaled(v.scale, v.mode, v.distribution))
    }
}

impl From<Tensor> for Initializer {
    fn from(values: Tensor) -> Initializer {
        Initializer::new(Kind::Values(values))
    }
}

/// The initializer of a Keras name; an unknown one gives an error where the weight is made.
impl From<&str> for Initializer {
    fn from(name: &str) -> Initializer {
        type Make = fn() -> Initializer;
        const NAMES: [(&str, Make); 12] = [
            ("zeros", || Zeros.into()),
            ("ones", || Ones.into()),
            ("glorot_uniform", || GlorotUniform.into()),
            ("glorot_normal", || GlorotNormal.into()),
            ("he_uniform", || HeUniform.into()),
            ("he_normal", || HeNormal.into()),
            ("lecun_uniform", || LecunUniform.into()),
            ("lecun_normal", || LecunNormal.into()),
            ("random_uniform", || RandomUniform::default().into()),
            ("uniform", || RandomUniform::default().into()),
            ("random_normal", || RandomNormal::default().into()),
            ("truncated_normal", || TruncatedNormal::default().into()),
        ];
        match NAMES.iter().find(|n| n.0 == name) {
            Some((_, make)) => make(),
            None => {
                let names: Vec<&str> = NAMES.iter().map(|n| n.0).collect();
                Initializer::new(Kind::Unknown(unknown("initializer", name, &names)))
            }
        }
    }
}

/// The error of a name that is none of `names`.
pub(crate) fn unknown(kind: &str, name: &str, names: &[&str]) -> Error {
    let help = match suggest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? Known are {}", names.join(", ")),
        None => format!("known are {}", names.join(", ")),
    };
    Error::value(format!("unknown {kind} `{name}`")).help(help)
}
