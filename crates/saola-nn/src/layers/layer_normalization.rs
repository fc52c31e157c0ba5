//! `LayerNormalization`: each example brought to mean 0 and variance 1.

use saola_graph::{Dim, LayerNorm, Symbol};
use saola_tensor::{Error, Result};
use serde_json::Value;

use crate::config::ConfigReader;
use crate::initializers::{Ones, Zeros};
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// The last axis, or others, brought to mean 0 and variance 1 for each position of the rest, then scaled and shifted
/// (Ba, Kiros and Hinton, 2016).
///
/// Shapes stay. Weights: `gamma` and `beta`, in the shape of the axes. Keras's `LayerNormalization`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::LayerNormalization;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(16)]);
/// let y = Scope::new(&mut Weights::new()).call(&LayerNormalization::new(), &x);
/// assert_eq!(y.spec(), x.spec());
/// ```
#[derive(Clone, Debug)]
pub struct LayerNormalization {
    pub(crate) base: Base,
    axes: Vec<isize>,
    epsilon: f64,
    center: bool,
    scale: bool,
    beta: Recipe,
    gamma: Recipe,
}

common!(LayerNormalization);
recipe!(LayerNormalization, beta, "`beta`", beta_initializer, beta_regularizer, beta_constraint);
recipe!(LayerNormalization, gamma, "`gamma`", gamma_initializer, gamma_regularizer, gamma_constraint);

impl Default for LayerNormalization {
    fn default() -> LayerNormalization {
        LayerNormalization::new()
    }
}

impl LayerNormalization {
    /// Over the last axis, with an ε of 0.001.
    pub fn new() -> LayerNormalization {
        LayerNormalization {
            base: Base::new(),
            axes: vec![-1],
            epsilon: 1e-3,
            center: true,
            scale: true,
            beta: Recipe::new(Zeros),
            gamma: Recipe::new(Ones),
        }
    }

    /// Over another axis.
    #[must_use]
    pub fn axis(mut self, axis: isize) -> LayerNormalization {
        self.axes = vec![axis];
        self
    }

    /// Over several axes.
    #[must_use]
    pub fn axes(mut self, axes: impl Into<Vec<isize>>) -> LayerNormalization {
        self.axes = axes.into();
        self
    }

    /// What is added to the variance.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> LayerNormalization {
        self.epsilon = epsilon;
        self
    }

    /// Whether `beta` is added; it is by default.
    #[must_use]
    pub fn center(mut self, center: bool) -> LayerNormalization {
        self.center = center;
        self
    }

    /// Whether the result is multiplied by `gamma`; it is by default.
    #[must_use]
    pub fn scale(mut self, scale: bool) -> LayerNormalization {
        self.scale = scale;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<LayerNormalization> {
        config.only("rms_scaling", &Value::Bool(false))?;
        Ok(LayerNormalization {
            base: config.base(),
            axes: config.axes("axis")?.unwrap_or_else(|| vec![-1]),
            epsilon: config.number_or("epsilon", 1e-3)?,
            center: config.truth("center", true)?,
            scale: config.truth("scale", true)?,
            beta: config.recipe("beta", Zeros)?,
            gamma: config.recipe("gamma", Ones)?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let dims = x.check()?.dims();
        let mut axes: Vec<usize> = self.axes.iter().map(|&a| dims.axis(a)).collect::<Result<_>>()?;
        if axes.is_empty() || (1..axes.len()).any(|i| axes[..i].contains(&axes[i])) {
            return Err(Error::value(format!("LayerNormalization: axes are {:?}", self.axes))
                .help("give at least one axis, and each once"));
        }
        axes.sort_unstable();
        let row: Vec<Dim> = axes.iter().map(|&a| dims[a]).collect();
        let mut weight = |name: &str, recipe: &Recipe| cx.weight_of(name, row.clone(), recipe);
        let gamma = self.scale.then(|| weight("gamma", &self.gamma));
        let beta = self.center.then(|| weight("beta", &self.beta));
        let norm = LayerNorm::new().last_axes(axes.len()).epsilon(self.epsilon);
        let to: Vec<usize> =
            (0..dims.len()).filter(|a| !axes.contains(a)).chain(axes.iter().copied()).collect();
        let turned = if to.is_sorted() { x.clone() } else { x.permute(to.clone()) };
        let y = norm.call(&turned, gamma.as_ref(), beta.as_ref());
        if to.is_sorted() {
            return Ok(y);
        }
        let mut back = vec![0; to.len()];
        to.iter().enumerate().for_each(|(i, &a)| back[a] = i);
        Ok(y.permute(back))
    }
}

impl Layer for LayerNormalization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let axes: Vec<i64> = self.axes.iter().map(|&a| a as i64).collect();
        let config = LayerConfig::new("LayerNormalization");
        let config =
            if let [axis] = axes[..] { config.with("axis", axis) } else { config.with("axis", axes) };
        config
            .with("epsilon", self.epsilon)
            .with("center", self.center)
            .with("scale", self.scale)
            .with("rms_scaling", false)
            .recipe("beta", &self.beta)?
            .recipe("gamma", &self.gamma)
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
