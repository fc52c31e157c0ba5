//! `GroupNormalization`: groups of channels brought to mean 0 and variance 1.

use saola_graph::{GroupNorm, Symbol};
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::initializers::{Ones, Zeros};
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// Each group of channels of each example brought to mean 0 and variance 1, then scaled and shifted (Wu and He, 2018).
/// Shapes stay. Weights: `gamma` and `beta`, a number for each channel. Keras's `GroupNormalization`.
#[derive(Clone, Debug)]
pub struct GroupNormalization {
    pub(crate) base: Base,
    groups: Option<usize>,
    axis: isize,
    epsilon: f64,
    center: bool,
    scale: bool,
    beta: Recipe,
    gamma: Recipe,
}

common!(GroupNormalization);
recipe!(GroupNormalization, beta, "`beta`", beta_initializer, beta_regularizer, beta_constraint);
recipe!(GroupNormalization, gamma, "`gamma`", gamma_initializer, gamma_regularizer, gamma_constraint);

impl GroupNormalization {
    /// So many groups of channels, which are the last axis, with an ε of 0.001.
    pub fn new(groups: usize) -> GroupNormalization {
        GroupNormalization {
            base: Base::new(),
            groups: Some(groups),
            axis: -1,
            epsilon: 1e-3,
            center: true,
            scale: true,
            beta: Recipe::new(Zeros),
            gamma: Recipe::new(Ones),
        }
    }

    /// Each channel by itself: instance normalization. In Keras, −1 groups.
    pub fn instance() -> GroupNormalization {
        GroupNormalization { groups: None, ..GroupNormalization::new(1) }
    }

    /// The axis of the channels; the last by default.
    #[must_use]
    pub fn axis(mut self, axis: isize) -> GroupNormalization {
        self.axis = axis;
        self
    }

    /// What is added to the variance.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> GroupNormalization {
        self.epsilon = epsilon;
        self
    }

    /// Whether `beta` is added; it is by default.
    #[must_use]
    pub fn center(mut self, center: bool) -> GroupNormalization {
        self.center = center;
        self
    }

    /// Whether the result is multiplied by `gamma`; it is by default.
    #[must_use]
    pub fn scale(mut self, scale: bool) -> GroupNormalization {
        self.scale = scale;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<GroupNormalization> {
        let groups = match config.integer("groups", 32)? {
            -1 => None,
            n => Some(usize::try_from(n).unwrap_or(0)),
        };
        Ok(GroupNormalization {
            base: config.base(),
            groups,
            axis: config.integer("axis", -1)?,
            epsilon: config.number_or("epsilon", 1e-3)?,
            center: config.truth("center", true)?,
            scale: config.truth("scale", true)?,
            beta: config.recipe("beta", Zeros)?,
            gamma: config.recipe("gamma", Ones)?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let axis = x.check()?.dims().axis(self.axis)?;
        let Some(channels) = x.dims()[axis].known().filter(|_| axis > 0) else {
            return Err(Error::shape(format!("GroupNormalization: axis {axis} of {}", x.spec()))
                .help("give the axis of the channels, whose extent is known"));
        };
        let groups = self.groups.unwrap_or(channels);
        if groups == 0 || !channels.is_multiple_of(groups) {
            return Err(Error::value(format!("GroupNormalization: {channels} channels in {groups} groups"))
                .help("the number of channels must be a multiple of the number of groups"));
        }
        let gamma = self.scale.then(|| cx.weight_of("gamma", [channels], &self.gamma));
        let beta = self.center.then(|| cx.weight_of("beta", [channels], &self.beta));
        let norm = GroupNorm::new(groups).epsilon(self.epsilon);
        if axis + 1 == x.rank() {
            return Ok(norm.call(x, gamma.as_ref(), beta.as_ref()));
        }
        let to: Vec<usize> = (0..x.rank()).filter(|&a| a != axis).chain([axis]).collect();
        let back: Vec<usize> = (0..axis).chain([x.rank() - 1]).chain(axis..x.rank() - 1).collect();
        Ok(norm.call(&x.permute(to), gamma.as_ref(), beta.as_ref()).permute(back))
    }
}

impl Default for GroupNormalization {
    /// 32 groups.
    fn default() -> GroupNormalization {
        GroupNormalization::new(32)
    }
}

impl Layer for GroupNormalization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        LayerConfig::new("GroupNormalization")
            .with("groups", self.groups.map_or(-1, |n| n as i64))
            .with("axis", self.axis as i64)
            .with("epsilon", self.epsilon)
            .with("center", self.center)
            .with("scale", self.scale)
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
