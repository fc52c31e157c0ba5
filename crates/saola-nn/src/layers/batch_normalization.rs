//! `BatchNormalization`: each channel brought to mean 0 and variance 1.

use saola_graph::{BatchNorm, Symbol};
use saola_tensor::{Error, Result};
use serde_json::Value;

use crate::config::ConfigReader;
use crate::initializers::{Initializer, Ones, Zeros};
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// Each channel brought to mean 0 and variance 1, then scaled and shifted (Ioffe and Szegedy, 2015).
///
/// In training, mean and variance are those of the batch, and move the moving mean and the moving variance a little
/// towards them; in inference, and where the layer is not trainable, they are the moving ones. Shapes stay. Weights:
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
        }
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
        config.only("renorm", &Value::Bool(false))?;
        config.number_or("renorm_momentum", 0.99)?;
        config.only("synchronized", &Value::Bool(false))?;
        Ok(BatchNormalization {
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
        let (to, back) = last(x.rank(), axis);
        let turned = if axis + 1 == x.rank() { x.clone() } else { x.permute(to) };
        let norm = BatchNorm::new().epsilon(self.epsilon);
        let normal = norm.call(&turned, gamma.as_ref(), beta.as_ref());
        let moved =
            |old: &Symbol, new: &Symbol| old * self.momentum + new.stop_gradient() * (1.0 - self.momentum);
        let updates = [
            cx.update("moving_mean", &mean, |old| moved(old, &normal.mean)),
            cx.update("moving_variance", &variance, |old| moved(old, &normal.variance)),
        ];
        let result = normal.result.after(&updates);
        let training = if axis + 1 == x.rank() { result } else { result.permute(back) };
        Ok(cx.in_training(&training, &inference))
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
            .with("synchronized", false)
            .with("renorm", false)
            .nulls(&["renorm_clipping"])
            .with("renorm_momentum", 0.99))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
