//! How weights begin.
//!
//! An initializer is a typed value ([`GlorotUniform`], [`Zeros`], ..), or its Keras name as a string. Which random
//! numbers a weight gets follows from the session's seed and the weight's path, or from a seed of its own.

use std::sync::Arc;

use saola_graph::{Dim, Dims, Random, Symbol, concatenate, constant, eye};
use saola_tensor::{DType, Error, Result, Tensor, suggest};
use serde_json::{Value, json};

use crate::config::{field, object, short};
use crate::names::snake_case;

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
    Orthogonal(f64),
    Identity(f64),
    /// Parts of the last axis, each with its extent and its beginning.
    Parts(Vec<(usize, Initializer)>),
    /// The square root of another beginning.
    Root(Box<Initializer>),
    Own(Arc<dyn Initialize>),
    Unknown(Error),
}

/// How a weight begins that begins in a way of your own.
///
/// ```
/// use saola_graph::{DType, Dims, Symbol};
/// use saola_nn::initializers::{Constant, Initialize, Initializer};
/// use saola_nn::layers::Dense;
///
/// #[derive(Debug)]
/// struct Half;
///
/// impl Initialize for Half {
///     fn symbol(&self, dims: &Dims, dtype: DType) -> Symbol {
///         Initializer::from(Constant(0.5)).symbol(dims, dtype)
///     }
/// }
///
/// let layer = Dense::new(3).kernel_initializer(Half);
/// ```
pub trait Initialize: std::fmt::Debug + Send + Sync + 'static {
    /// The initial value of a weight of `dims`, which are all known.
    fn symbol(&self, dims: &Dims, dtype: DType) -> Symbol;

    /// The name `package>Name` under which Keras's files know it, and what it is made from.
    ///
    /// # Errors
    /// One that gives none: no Keras file can hold it.
    fn config(&self) -> Result<(&'static str, Value)> {
        Err(Error::state(format!("the initializer {self:?} is your own, which no file can hold"))
            .help("give it a `config`, or save the weights alone with `save_weights`"))
    }
}

impl<I: Initialize> From<I> for Initializer {
    fn from(own: I) -> Initializer {
        Initializer::new(Kind::Own(Arc::new(own)))
    }
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
            Kind::Scaled(scale, mode, distribution) => scaled(&shape, *scale, *mode, *distribution, draw()),
            Kind::Orthogonal(gain) => orthogonal(&shape, *gain, |dims| {
                let random = Random::new(dims).dtype(dtype);
                self.seed.map_or(random.clone(), |seed| random.seed(seed)).normal(0.0, 1.0)
            }),
            Kind::Identity(gain) => match shape[..] {
                [rows, columns] => eye(rows, columns, 0, dtype) * *gain,
                _ => Symbol::poisoned(
                    Error::shape(format!("an identity cannot be a weight of {dims}"))
                        .help("it is for matrices alone"),
                ),
            },
            Kind::Parts(parts) => {
                let part = |(extent, initializer): &(usize, Initializer)| {
                    let mut dims: Vec<Dim> = shape.iter().map(|&n| n.into()).collect();
                    dims.pop();
                    dims.push(Dim::Known(*extent));
                    initializer.symbol(&dims.into(), dtype)
                };
                concatenate(&parts.iter().map(part).collect::<Vec<_>>(), -1)
            }
            Kind::Root(of) => of.symbol(dims, dtype).sqrt(),
            Kind::Own(own) => own.symbol(dims, dtype),
            Kind::Unknown(error) => Symbol::poisoned(error.clone()),
        }
    }

    /// What begins as the square root of this does; the moving deviation beside a moving variance.
    pub(crate) fn root(&self) -> Initializer {
        match &self.kind {
            Kind::Constant(x) => Initializer::new(Kind::Constant(x.sqrt())),
            _ => Initializer::new(Kind::Root(Box::new(self.clone()))),
        }
    }

    /// Parts of a weight's last axis that begin in different ways.
    pub(crate) fn parts(parts: Vec<(usize, Initializer)>) -> Initializer {
        Initializer::new(Kind::Parts(parts))
    }
}

/// Random numbers of which the variance is a scale divided by an extent of the weight.
fn scaled(shape: &[usize], scale: f64, mode: Mode, distribution: Distribution, random: Random) -> Symbol {
    let (fan_in, fan_out) = fans(shape);
    let n = match mode {
        Mode::FanIn => fan_in,
        Mode::FanOut => fan_out,
        Mode::FanAvg => (fan_in + fan_out) / 2.0,
    };
    let variance = scale / n.max(1.0);
    match distribution {
        Distribution::Uniform => {
            let limit = (3.0 * variance).sqrt();
            random.uniform(-limit, limit)
        }
        Distribution::UntruncatedNormal => random.normal(0.0, variance.sqrt()),
        Distribution::TruncatedNormal => random.truncated_normal(0.0, variance.sqrt() / TRUNCATED_DEVIATION),
    }
}

/// A matrix with orthonormal columns (or rows, where there are fewer), in the weight's shape: all axes but the last are
/// its rows.
fn orthogonal(shape: &[usize], gain: f64, normal: impl Fn(Dims) -> Symbol) -> Symbol {
    let Some((&columns, rows)) = shape.split_last().filter(|(_, rows)| !rows.is_empty()) else {
        return Symbol::poisoned(
            Error::shape("an orthogonal weight has at least two axes").help("choose another initializer"),
        );
    };
    let rows: usize = rows.iter().product();
    let (q, r) = normal(Dims::from([rows.max(columns), rows.min(columns)])).qr();
    // The signs make the distribution uniform over all such matrices (Mezzadri, 2007).
    let q = q * r.diagonal(0, -2, -1).sign();
    let q = if rows < columns { q.transpose() } else { q };
    q.reshape(shape.iter().map(|&n| Dim::Known(n)).collect::<Dims>()) * gain
}

/// Keras's names for scaled distributions, apart from the general one.
const SCALED: [(&str, f64, Mode, Distribution); 6] = [
    ("GlorotUniform", 1.0, Mode::FanAvg, Distribution::Uniform),
    ("GlorotNormal", 1.0, Mode::FanAvg, Distribution::TruncatedNormal),
    ("HeUniform", 2.0, Mode::FanIn, Distribution::Uniform),
    ("HeNormal", 2.0, Mode::FanIn, Distribution::TruncatedNormal),
    ("LecunUniform", 1.0, Mode::FanIn, Distribution::Uniform),
    ("LecunNormal", 1.0, Mode::FanIn, Distribution::TruncatedNormal),
];

const MODES: [(&str, Mode); 3] =
    [("fan_in", Mode::FanIn), ("fan_out", Mode::FanOut), ("fan_avg", Mode::FanAvg)];

const DISTRIBUTIONS: [(&str, Distribution); 3] = [
    ("truncated_normal", Distribution::TruncatedNormal),
    ("untruncated_normal", Distribution::UntruncatedNormal),
    ("uniform", Distribution::Uniform),
];

/// Keras's classes.
pub(crate) fn classes() -> impl Iterator<Item = &'static str> {
    SCALED.iter().map(|s| s.0).chain(CLASSES)
}

/// Keras's classes apart from the scaled ones.
const CLASSES: [&str; 11] = [
    "Zeros",
    "Ones",
    "Constant",
    "RandomUniform",
    "RandomNormal",
    "TruncatedNormal",
    "Orthogonal",
    "OrthogonalInitializer",
    "Identity",
    "IdentityInitializer",
    "VarianceScaling",
];

/// Keras files.
impl Initializer {
    /// The object that Keras writes for the initializer.
    ///
    /// # Errors
    /// Values given one by one, and a name that is unknown.
    pub(crate) fn config(&self) -> Result<Value> {
        let seed = self.seed;
        let (class, config) = match &self.kind {
            Kind::Constant(0.0) => ("Zeros", json!({})),
            Kind::Constant(1.0) => ("Ones", json!({})),
            Kind::Constant(value) => ("Constant", json!({"value": value})),
            Kind::Uniform(low, high) => {
                ("RandomUniform", json!({"seed": seed, "minval": low, "maxval": high}))
            }
            Kind::Normal(mean, deviation) => {
                ("RandomNormal", json!({"seed": seed, "mean": mean, "stddev": deviation}))
            }
            Kind::Truncated(mean, deviation) => {
                ("TruncatedNormal", json!({"seed": seed, "mean": mean, "stddev": deviation}))
            }
            Kind::Scaled(scale, mode, distribution) => scaled_config(*scale, *mode, *distribution, seed),
            Kind::Orthogonal(gain) => ("Orthogonal", json!({"seed": seed, "gain": gain})),
            Kind::Identity(gain) => ("Identity", json!({"gain": gain})),
            Kind::Parts(_) | Kind::Root(_) => return Err(Error::internal("parts have no name")),
            Kind::Values(values) => {
                return Err(Error::state(format!(
                    "an initializer of {} given values cannot be written",
                    values.len()
                ))
                .help("give the weight its values with `set_weight` once the model is made"));
            }
            Kind::Own(own) => own.config()?,
            Kind::Unknown(error) => return Err(error.clone()),
        };
        Ok(object("keras.initializers", class, config))
    }

    /// The initializer of an object that Keras wrote, or of its name.
    ///
    /// # Errors
    /// One that is not known here, or a field with a value that is not supported.
    pub(crate) fn from_config(value: &Value) -> Result<Initializer> {
        if let Some(name) = value.as_str() {
            let initializer = Initializer::from(name);
            return match initializer.kind {
                Kind::Unknown(error) => Err(error),
                _ => Ok(initializer),
            };
        }
        let config = &value["config"];
        let number = |key: &str| {
            let refused = || Error::format(format!("`{key}` is {}, not a number", short(&config[key])));
            config[key].as_f64().ok_or_else(refused)
        };
        let class = value["class_name"].as_str().unwrap_or_default();
        let kind = match class {
            "Zeros" => Kind::Constant(0.0),
            "Ones" => Kind::Constant(1.0),
            "Constant" => Kind::Constant(number("value")?),
            "RandomUniform" => Kind::Uniform(number("minval")?, number("maxval")?),
            "RandomNormal" => Kind::Normal(number("mean")?, number("stddev")?),
            "TruncatedNormal" => Kind::Truncated(number("mean")?, number("stddev")?),
            "Orthogonal" | "OrthogonalInitializer" => Kind::Orthogonal(field(config, "gain", 1.0)?),
            "Identity" | "IdentityInitializer" => Kind::Identity(field(config, "gain", 1.0)?),
            "VarianceScaling" => Kind::Scaled(
                number("scale")?,
                one_of(&MODES, "mode", &config["mode"])?,
                one_of(&DISTRIBUTIONS, "distribution", &config["distribution"])?,
            ),
            _ => match SCALED.iter().find(|s| s.0 == class) {
                Some(&(_, scale, mode, distribution)) => Kind::Scaled(scale, mode, distribution),
                None => return Err(Error::format(format!("unknown initializer {}", short(value)))),
            },
        };
        for key in ["input_axes", "output_axes"] {
            if !config[key].is_null() {
                return Err(
                    Error::format(format!("`{key}` is {}", short(&config[key]))).help("supported here: null")
                );
            }
        }
        let seed = match &config["seed"] {
            Value::Null => None,
            seed => Some(seed.as_u64().ok_or_else(|| {
                Error::format(format!("`seed` is {}", short(seed)))
                    .help("supported here: null or a whole number")
            })?),
        };
        Ok(Initializer { kind, seed })
    }
}

fn scaled_config(
    scale: f64,
    mode: Mode,
    distribution: Distribution,
    seed: Option<u64>,
) -> (&'static str, Value) {
    let mut config = json!({"seed": seed, "input_axes": null, "output_axes": null});
    if let Some((class, ..)) = SCALED.iter().find(|s| (s.1, s.2, s.3) == (scale, mode, distribution)) {
        return (class, config);
    }
    config["scale"] = json!(scale);
    config["mode"] = json!(MODES.iter().find(|m| m.1 == mode).map(|m| m.0));
    config["distribution"] = json!(DISTRIBUTIONS.iter().find(|d| d.1 == distribution).map(|d| d.0));
    ("VarianceScaling", config)
}

/// The one of `known` that a field names.
fn one_of<T: Copy>(known: &[(&str, T)], key: &str, value: &Value) -> Result<T> {
    let found = known.iter().find(|(name, _)| value.as_str() == Some(name));
    found.map(|(_, one)| *one).ok_or_else(|| {
        let names: Vec<&str> = known.iter().map(|k| k.0).collect();
        Error::format(format!("`{key}` is {}", short(value))).help(format!("one of {}", names.join(", ")))
    })
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

/// A matrix with orthonormal columns, or rows where there are fewer (Saxe et al., 2014); all axes of a weight but the last
/// are its rows.
#[derive(Clone, Copy, Debug)]
pub struct Orthogonal {
    /// The factor of the matrix.
    pub gain: f64,
}

impl Default for Orthogonal {
    fn default() -> Orthogonal {
        Orthogonal { gain: 1.0 }
    }
}

impl From<Orthogonal> for Initializer {
    fn from(o: Orthogonal) -> Initializer {
        Initializer::new(Kind::Orthogonal(o.gain))
    }
}

/// The identity matrix, also of unequal extents. Keras's `Identity`.
#[derive(Clone, Copy, Debug)]
pub struct IdentityMatrix {
    /// The factor of the matrix.
    pub gain: f64,
}

impl Default for IdentityMatrix {
    fn default() -> IdentityMatrix {
        IdentityMatrix { gain: 1.0 }
    }
}

impl From<IdentityMatrix> for Initializer {
    fn from(i: IdentityMatrix) -> Initializer {
        Initializer::new(Kind::Identity(i.gain))
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
        const NAMES: [(&str, Make); 17] = [
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
            ("normal", || RandomNormal::default().into()),
            ("orthogonal", || Orthogonal::default().into()),
            ("identity", || IdentityMatrix::default().into()),
            ("variance_scaling", || VarianceScaling::default().into()),
            ("constant", || Constant(0.0).into()),
            ("truncated_normal", || TruncatedNormal::default().into()),
        ];
        match NAMES.iter().find(|n| n.0 == name || snake_case(name) == n.0) {
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
