//! `BatchNormalization`: each channel brought to mean 0 and variance 1.

use saola_graph::{Axes, BatchNorm, Symbol, select};
use saola_tensor::{Error, Result};
use serde_json::{Map, Value, json};

use super::merge::spread;
use crate::config::ConfigReader;
use crate::initializers::{Initializer, Ones, Zeros};
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// Each channel brought to mean 0 and variance 1, then scaled and shifted (Ioffe and Szegedy, 2015).
///
/// In training, mean and variance are those of the batch, and move the moving mean and the moving variance a little
/// towards them; in inference, and where the layer is not trainable, they are the moving ones. Steps that a mask does not
/// count have no part in them. Shapes stay. Weights:
/// `gamma`, `beta`, `moving_mean`, `moving_variance`, each with a number for each channel; no optimizer changes the
/// last two. Keras's `BatchNormalization`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::BatchNormalization;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 8.into(), 8.into(), 16.into()]);
/// let mut weights = Weights::new();
/// let y = Scope::new(&mut weights).call(&BatchNormalization::new(), &x);
/// assert_eq!(y.spec(), x.spec());
/// assert_eq!((weights.len(), weights.trainable().len()), (4, 2));
/// ```
#[derive(Clone, Debug)]
pub struct BatchNormalization {
    pub(crate) base: Base,
    axis: isize,
    momentum: f64,
    epsilon: f64,
    center: bool,
    scale: bool,
    beta: Recipe,
    gamma: Recipe,
    moving_mean_initializer: Initializer,
    moving_variance_initializer: Initializer,
    renorm: Option<Renorm>,
    synchronized: bool,
}

/// Batch renormalization: in training, too, results follow the moving moments, by factors that gradients do not see
/// (Ioffe, 2017).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Renorm {
    /// The least and the greatest factor.
    pub r: (Option<f64>, Option<f64>),
    /// The greatest shift to either side.
    pub d: Option<f64>,
    /// How much of the moments that the factors are taken from stays in one step.
    pub momentum: f64,
}

impl Default for Renorm {
    /// No bounds, and a momentum of 0.99.
    fn default() -> Renorm {
        Renorm { r: (None, None), d: None, momentum: 0.99 }
    }
}

common!(BatchNormalization);
recipe!(BatchNormalization, beta, "`beta`", beta_initializer, beta_regularizer, beta_constraint);
recipe!(BatchNormalization, gamma, "`gamma`", gamma_initializer, gamma_regularizer, gamma_constraint);

impl Default for BatchNormalization {
    fn default() -> BatchNormalization {
        BatchNormalization::new()
    }
}

impl BatchNormalization {
    /// Over all axes but the last, with a momentum of 0.99 and an ε of 0.001.
    pub fn new() -> BatchNormalization {
        BatchNormalization {
            base: Base::new(),
            axis: -1,
            momentum: 0.99,
            epsilon: 1e-3,
            center: true,
            scale: true,
            beta: Recipe::new(Zeros),
            gamma: Recipe::new(Ones),
            moving_mean_initializer: Zeros.into(),
            moving_variance_initializer: Ones.into(),
            renorm: None,
            synchronized: false,
        }
    }

    /// Batch renormalization.
    #[must_use]
    pub fn renorm(mut self, renorm: Renorm) -> BatchNormalization {
        self.renorm = Some(renorm);
        self
    }

    /// The axis of the channels; the last by default.
    #[must_use]
    pub fn axis(mut self, axis: isize) -> BatchNormalization {
        self.axis = axis;
        self
    }

    /// How much of the moving mean and the moving variance stays in one step of training.
    #[must_use]
    pub fn momentum(mut self, momentum: f64) -> BatchNormalization {
        self.momentum = momentum;
        self
    }

    /// What is added to the variance.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> BatchNormalization {
        self.epsilon = epsilon;
        self
    }

    /// Whether `beta` is added; it is by default.
    #[must_use]
    pub fn center(mut self, center: bool) -> BatchNormalization {
        self.center = center;
        self
    }

    /// Whether the result is multiplied by `gamma`; it is by default.
    #[must_use]
    pub fn scale(mut self, scale: bool) -> BatchNormalization {
        self.scale = scale;
        self
    }

    /// How the moving mean begins; [`Zeros`] by default.
    #[must_use]
    pub fn moving_mean_initializer(mut self, initializer: impl Into<Initializer>) -> BatchNormalization {
        self.moving_mean_initializer = initializer.into();
        self
    }

    /// How the moving variance begins; [`Ones`] by default.
    #[must_use]
    pub fn moving_variance_initializer(mut self, initializer: impl Into<Initializer>) -> BatchNormalization {
        self.moving_variance_initializer = initializer.into();
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<BatchNormalization> {
        let clipping = config.value("renorm_clipping").unwrap_or_default();
        let clip = |key: &str| clipping.get(key).and_then(Value::as_f64);
        let (r, d) = ((clip("rmin"), clip("rmax")), clip("dmax"));
        let renorm = Renorm { r, d, momentum: config.number_or("renorm_momentum", 0.99)? };
        Ok(BatchNormalization {
            renorm: config.truth("renorm", false)?.then_some(renorm),
            synchronized: config.truth("synchronized", false)?,
            base: config.base(),
            axis: config.integer("axis", -1)?,
            momentum: config.number_or("momentum", 0.99)?,
            epsilon: config.number_or("epsilon", 1e-3)?,
            center: config.truth("center", true)?,
            scale: config.truth("scale", true)?,
            beta: config.recipe("beta", Zeros)?,
            gamma: config.recipe("gamma", Ones)?,
            moving_mean_initializer: config.initializer("moving_mean_initializer", Zeros)?,
            moving_variance_initializer: config.initializer("moving_variance_initializer", Ones)?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let axis = x.check()?.dims().axis(self.axis)?;
        if !(0.0..=1.0).contains(&self.momentum) {
            return Err(Error::value(format!("BatchNormalization: momentum is {}", self.momentum))
                .help("give a momentum from 0 to 1"));
        }
        let channels = [x.dims()[axis]];
        let gamma = self.scale.then(|| cx.weight_of("gamma", channels, &self.gamma));
        let beta = self.center.then(|| cx.weight_of("beta", channels, &self.beta));
        let dtype = x.dtype();
        let mean = cx.state("moving_mean", channels, self.moving_mean_initializer.clone(), dtype);
        let variance = cx.state("moving_variance", channels, self.moving_variance_initializer.clone(), dtype);
        let inference = self.apply(x, axis, [&mean, &variance], [gamma.as_ref(), beta.as_ref()]);
        if !cx.trainable() {
            return Ok(inference);
        }
        let training = match (cx.mask(x), &self.renorm) {
            (None, None) => self.fused(cx, x, axis, [&mean, &variance], [gamma.as_ref(), beta.as_ref()]),
            (mask, None) => {
                let [m, v] = moments(x, axis, mask.as_ref());
                let y = self.apply(x, axis, [&m, &v], [gamma.as_ref(), beta.as_ref()]);
                y.after(self.moved(cx, [&mean, &variance], [&m, &v]))
            }
            (mask, Some(renorm)) => {
                let [m, v] = moments(x, axis, mask.as_ref());
                let (scaled, updates) = self.renormed(cx, renorm, [&mean, &variance], [&m, &v]);
                let [r, d] = scaled;
                let scale = gamma.as_ref().map_or(r.clone(), |gamma| &r * gamma);
                let shift = gamma.as_ref().map_or(d.clone(), |gamma| &d * gamma);
                let shift = beta.as_ref().map_or(shift.clone(), |beta| &shift + beta);
                self.apply(x, axis, [&m, &v], [Some(&scale), Some(&shift)]).after(updates)
            }
        };
        Ok(cx.in_training(&training, &inference))
    }

    /// The normalization by the batch's own moments in one operation, behind which the moving ones move.
    fn fused(
        &self,
        cx: &mut Scope<'_>,
        x: &Symbol,
        axis: usize,
        moving: [&Symbol; 2],
        [gamma, beta]: [Option<&Symbol>; 2],
    ) -> Symbol {
        let (to, back) = last(x.rank(), axis);
        let turned = if axis + 1 == x.rank() { x.clone() } else { x.permute(to) };
        let normal = BatchNorm::new().epsilon(self.epsilon).call(&turned, gamma, beta);
        let result = normal.result.after(self.moved(cx, moving, [&normal.mean, &normal.variance]));
        if axis + 1 == x.rank() { result } else { result.permute(back) }
    }

    /// The updates of the moving moments.
    fn moved(&self, cx: &mut Scope<'_>, [mean, variance]: [&Symbol; 2], new: [&Symbol; 2]) -> [Symbol; 2] {
        let momentum = self.momentum;
        [
            cx.update("moving_mean", mean, |old| moved(old, new[0], momentum)),
            cx.update("moving_variance", variance, |old| moved(old, new[1], momentum)),
        ]
    }

    /// Factor and shift of batch renormalization, and the updates of its moments.
    fn renormed(
        &self,
        cx: &mut Scope<'_>,
        renorm: &Renorm,
        [mean, variance]: [&Symbol; 2],
        [m, v]: [&Symbol; 2],
    ) -> ([Symbol; 2], Vec<Symbol>) {
        let (dims, dtype) = (mean.dims().clone(), mean.dtype());
        let (first, start) = (self.moving_mean_initializer.clone(), self.moving_variance_initializer.root());
        let moving_stddev = cx.state("moving_stddev", &dims, start.clone(), dtype);
        let old_mean = cx.state("renorm_mean", &dims, first, dtype);
        let old_stddev = cx.state("renorm_stddev", &dims, start, dtype);
        let stddev = (v + self.epsilon).sqrt();
        let known = old_stddev.maximum(self.epsilon.sqrt());
        let (mut r, mut d) = (&stddev / &known, (m - &old_mean) / &known);
        if let Some(least) = renorm.r.0 {
            r = r.maximum(least);
        }
        if let Some(most) = renorm.r.1 {
            r = r.minimum(most);
        }
        if let Some(most) = renorm.d {
            d = d.clip(-most, most);
        }
        let (momentum, slow) = (self.momentum, renorm.momentum);
        let next = moved(&moving_stddev, &stddev, momentum);
        let updates = vec![
            cx.update("renorm_mean", &old_mean, |old| moved(old, m, slow)),
            cx.update("renorm_stddev", &old_stddev, |old| moved(old, &stddev, slow)),
            cx.update("moving_mean", mean, |old| moved(old, m, momentum)),
            cx.update("moving_stddev", &moving_stddev, |_| next.clone()),
            cx.update("moving_variance", variance, |_| (next.square() - self.epsilon).relu()),
        ];
        ([r.stop_gradient(), d.stop_gradient()], updates)
    }

    /// The normalization by given moments.
    fn apply(
        &self,
        x: &Symbol,
        axis: usize,
        [mean, variance]: [&Symbol; 2],
        [gamma, beta]: [Option<&Symbol>; 2],
    ) -> Symbol {
        let inverse = (variance + self.epsilon).rsqrt();
        let scale = gamma.map_or(inverse.clone(), |gamma| inverse * gamma);
        let shift = beta.map_or(-(mean * &scale), |beta| beta - mean * &scale);
        let along = |s: Symbol| (axis + 1..x.rank()).fold(s, |s, _| s.expand_dims(-1));
        x * along(scale) + along(shift)
    }
}

impl Renorm {
    /// The bounds as Keras writes them.
    fn clipping(&self) -> Map<String, Value> {
        let bounds = [("rmin", self.r.0), ("rmax", self.r.1), ("dmax", self.d)];
        bounds.into_iter().filter_map(|(key, value)| Some((key.to_string(), json!(value?)))).collect()
    }
}

/// A moving value a little nearer to the new one.
fn moved(old: &Symbol, new: &Symbol, momentum: f64) -> Symbol {
    old * momentum + new.stop_gradient() * (1.0 - momentum)
}

/// Mean and variance of each channel, of the positions that the mask counts where there is one.
fn moments(x: &Symbol, axis: usize, mask: Option<&Symbol>) -> [Symbol; 2] {
    let others: Vec<isize> = (0..x.rank()).filter(|&a| a != axis).map(|a| a as isize).collect();
    let over = |x: &Symbol| x.sum_over(Axes::from(others.clone()));
    let Some(mask) = mask else {
        let (mean, variance) = x.moments(Axes::from(others.clone()));
        return [mean, variance];
    };
    let along = |s: &Symbol| (axis + 1..x.rank()).fold(s.clone(), |s, _| s.expand_dims(-1));
    let mask = spread(mask, x);
    // As in Keras, a little is added to the number, so that there may be none.
    let count = over(&mask.cast(x.dtype())) + 1e-7;
    let mean = over(&select(&mask, x, 0.0)) / &count;
    let variance = over(&select(&mask, x - along(&mean), 0.0).square()) / &count;
    [mean, variance]
}

/// The order of axes that moves `axis` to the end, and the order that moves it back.
fn last(rank: usize, axis: usize) -> (Vec<usize>, Vec<usize>) {
    let to = (0..rank).filter(|&a| a != axis).chain([axis]).collect();
    let back = (0..axis).chain([rank - 1]).chain(axis..rank - 1).collect();
    (to, back)
}

impl Layer for BatchNormalization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("BatchNormalization")
            .with("axis", self.axis as i64)
            .with("momentum", self.momentum)
            .with("epsilon", self.epsilon)
            .with("center", self.center)
            .with("scale", self.scale)
            .recipe("beta", &self.beta)?
            .recipe("gamma", &self.gamma)?
            .with("moving_mean_initializer", self.moving_mean_initializer.config()?)
            .with("moving_variance_initializer", self.moving_variance_initializer.config()?)
            .with("synchronized", self.synchronized)
            .with("renorm", self.renorm.is_some())
            .with("renorm_clipping", self.renorm.map(|r| r.clipping()))
            .with("renorm_momentum", self.renorm.unwrap_or_default().momentum))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
