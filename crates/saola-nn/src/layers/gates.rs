//! What the cells of `LSTM`, `GRU` and `SimpleRNN` have in common.

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

use super::convolution::{activation_config, activation_name};
use super::dropout::dropped;
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Initializer, Orthogonal, Zeros};
use crate::recipe::Recipe;
use crate::{LayerConfig, Scope};

/// The arguments that all three have.
#[derive(Clone, Debug)]
pub(super) struct Gates {
    pub(super) units: usize,
    pub(super) activation: Option<Function>,
    pub(super) recurrent_activation: Option<Function>,
    pub(super) use_bias: bool,
    pub(super) kernel: Recipe,
    pub(super) recurrent: Recipe,
    pub(super) bias: Recipe,
    pub(super) dropout: f64,
    pub(super) recurrent_dropout: f64,
    pub(super) seed: Option<u64>,
}

/// The weights of a cell and what is left out in training: one factor for all gates, or one for each.
pub(super) struct Parts {
    pub(super) kernel: Symbol,
    pub(super) recurrent: Symbol,
    pub(super) bias: Option<Symbol>,
    pub(super) of_input: Vec<Symbol>,
    pub(super) of_state: Vec<Symbol>,
}

impl Gates {
    pub(super) fn new(units: usize) -> Gates {
        Gates {
            units,
            activation: Some("tanh".into()),
            recurrent_activation: Some("sigmoid".into()),
            use_bias: true,
            kernel: Recipe::new(GlorotUniform),
            recurrent: Recipe::new(Orthogonal::default()),
            bias: Recipe::new(Zeros),
            dropout: 0.0,
            recurrent_dropout: 0.0,
            seed: None,
        }
    }

    pub(super) fn from_config(config: &mut ConfigReader, gated: bool) -> Result<Gates> {
        Ok(Gates {
            units: config.size("units")?,
            activation: config.activation_or("activation", "tanh")?,
            recurrent_activation: match gated {
                true => config.activation_or("recurrent_activation", "sigmoid")?,
                false => None,
            },
            use_bias: config.truth("use_bias", true)?,
            kernel: config.recipe("kernel", GlorotUniform)?,
            recurrent: config.recipe("recurrent", Orthogonal::default())?,
            bias: config.recipe("bias", Zeros)?,
            dropout: config.number_or("dropout", 0.0)?,
            recurrent_dropout: config.number_or("recurrent_dropout", 0.0)?,
            seed: config.seed("seed")?,
        })
    }

    pub(super) fn config(&self, config: LayerConfig, gated: bool) -> Result<LayerConfig> {
        let config = config
            .with("units", self.units)
            .with("activation", activation_config(&self.activation)?)
            .with("use_bias", self.use_bias)
            .recipe("kernel", &self.kernel)?
            .recipe("recurrent", &self.recurrent)?
            .recipe("bias", &self.bias)?
            .with("dropout", self.dropout)
            .with("recurrent_dropout", self.recurrent_dropout)
            .with("seed", self.seed);
        match gated {
            true => Ok(config.with("recurrent_activation", activation_config(&self.recurrent_activation)?)),
            false => Ok(config),
        }
    }

    /// Whether the activations are these.
    pub(super) fn has(&self, activation: &str, recurrent: &str) -> bool {
        let is = |function: &Option<Function>, name| activation_name(function).is_ok_and(|n| n == name);
        is(&self.activation, activation) && is(&self.recurrent_activation, recurrent)
    }

    pub(super) fn activate(&self, x: &Symbol) -> Symbol {
        self.activation.as_ref().map_or(x.clone(), |f| f.apply(x))
    }

    pub(super) fn gate(&self, x: &Symbol) -> Symbol {
        self.recurrent_activation.as_ref().map_or(x.clone(), |f| f.apply(x))
    }

    /// The weights for inputs of the width of `x`, with so many parts of the gates. `bias` begins like that.
    pub(super) fn weights(
        &self,
        cx: &mut Scope<'_>,
        class: &str,
        x: &Symbol,
        parts: usize,
        (dims, initializer): (Vec<Dim>, Initializer),
    ) -> Result<(Symbol, Symbol, Option<Symbol>)> {
        let rates = [self.dropout, self.recurrent_dropout];
        if self.units == 0 || self.units > 1 << 28 || rates.iter().any(|r| !(0.0..1.0).contains(r)) {
            let error = Error::value(format!("{class}: {} units, dropout of {rates:?}", self.units));
            return Err(error.help("give at least one unit, and rates from 0 to below 1"));
        }
        let (units, columns) = (Dim::Known(self.units), Dim::Known(parts * self.units));
        let kernel = cx.weight_of("kernel", [x.dim(-1), columns], &self.kernel);
        let recurrent = cx.weight_of("recurrent_kernel", [units, columns], &self.recurrent);
        let recipe = Recipe { initializer, ..self.bias.clone() };
        let bias = self.use_bias.then(|| cx.weight_of("bias", dims, &recipe));
        Ok((kernel, recurrent, bias))
    }

    /// The factors by which inputs are multiplied in all steps: `parts` where each gate has its own, as in Keras where
    /// parts of the states are left out as well.
    fn factors(&self, cx: &mut Scope<'_>, x: &Symbol, rate: f64, parts: usize, salt: u64) -> Vec<Symbol> {
        if rate == 0.0 {
            return Vec::new();
        }
        let ones = x.fill_like(1.0, x.dtype());
        let seed = |i: usize| self.seed.map(|seed| saola_tensor::mix(seed.wrapping_add(salt + i as u64)));
        (0..parts).map(|i| dropped(cx, &ones, rate, seed(i), &[])).collect()
    }

    /// The factors of input and state; for one gate of several, or the only ones.
    pub(super) fn left_out(
        &self,
        cx: &mut Scope<'_>,
        x: &Symbol,
        state: &Symbol,
        parts: usize,
    ) -> (Vec<Symbol>, Vec<Symbol>) {
        let parts = if self.recurrent_dropout > 0.0 { parts } else { 1 };
        let of_input = self.factors(cx, x, self.dropout, parts, 0);
        (of_input, self.factors(cx, state, self.recurrent_dropout, parts, 16))
    }

    /// The sequence with what its steps leave out.
    pub(super) fn sequence(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        match self.dropout {
            0.0 => x.clone(),
            _ => dropped(cx, x, self.dropout, self.seed, &[1]),
        }
    }
}

/// `x · kernel`, in which each of the gates' parts may have a factor of its own for `x`.
pub(super) fn product(x: &Symbol, kernel: &Symbol, factors: &[Symbol], parts: usize) -> Vec<Symbol> {
    match factors {
        [] => x.matmul(kernel).split(parts, -1),
        [one] => (x * one).matmul(kernel).split(parts, -1),
        many => kernel.split(parts, 1).iter().zip(many).map(|(k, f)| (x * f).matmul(k)).collect(),
    }
}

/// The builder methods of the cells, and of the layers that have one.
macro_rules! gate_methods {
    ($name:ident, $($gates:ident).+) => {
        $crate::layer::common!($name);
        $crate::recipe::recipe!(
            $name,
            $($gates).+.kernel,
            "the kernel",
            kernel_initializer,
            kernel_regularizer,
            kernel_constraint
        );
        $crate::recipe::recipe!(
            $name,
            $($gates).+.recurrent,
            "the recurrent kernel",
            recurrent_initializer,
            recurrent_regularizer,
            recurrent_constraint
        );
        $crate::recipe::recipe!(
            $name,
            $($gates).+.bias,
            "the bias",
            bias_initializer,
            bias_regularizer,
            bias_constraint
        );

        impl $name {
            /// What is applied to the new values; the hyperbolic tangent by default.
            #[must_use]
            pub fn activation(mut self, activation: impl Into<$crate::activations::Function>) -> $name {
                self.$($gates).+.activation = Some(activation.into());
                self
            }

            /// Whether there is a bias; there is by default.
            #[must_use]
            pub fn use_bias(mut self, use_bias: bool) -> $name {
                self.$($gates).+.use_bias = use_bias;
                self
            }

            /// The fraction of the inputs that is left out in training, the same ones in all steps.
            #[must_use]
            pub fn dropout(mut self, rate: f64) -> $name {
                self.$($gates).+.dropout = rate;
                self
            }

            /// The fraction of the states that is left out in training, the same ones in all steps. The steps are then
            /// taken one by one, which is slower.
            #[must_use]
            pub fn recurrent_dropout(mut self, rate: f64) -> $name {
                self.$($gates).+.recurrent_dropout = rate;
                self
            }

            /// A seed for what is left out; by default it follows from the layer's path.
            #[must_use]
            pub fn seed(mut self, seed: u64) -> $name {
                self.$($gates).+.seed = Some(seed);
                self
            }
        }
    };
}
pub(super) use gate_methods;

/// The builder method of a cell with gates.
macro_rules! recurrent_activation {
    ($name:ident, $($gates:ident).+) => {
        impl $name {
            /// What is applied to the gates; the sigmoid by default.
            #[must_use]
            pub fn recurrent_activation(mut self, activation: impl Into<$crate::activations::Function>) -> $name {
                self.$($gates).+.recurrent_activation = Some(activation.into());
                self
            }
        }
    };
}
pub(super) use recurrent_activation;

/// `impl Layer` for a cell, which is a layer by itself.
macro_rules! cell_layer {
    ($name:ident) => {
        impl $crate::Layer for $name {
            fn base(&self) -> Option<&$crate::Base> {
                Some(&self.base)
            }

            fn config(&self) -> saola_tensor::Result<$crate::LayerConfig> {
                $crate::layers::Cell::config(self)
            }

            fn outputs(&self, _asked: &dyn Fn(&str) -> bool) -> usize {
                1 + $crate::layers::Cell::state_sizes(self).len()
            }

            fn call(&self, cx: &mut $crate::Scope<'_>, x: &saola_graph::Symbol) -> saola_graph::Symbol {
                $crate::layers::cell::call_alone(self, cx, std::slice::from_ref(x)).swap_remove(0)
            }

            fn call_all(
                &self,
                cx: &mut $crate::Scope<'_>,
                xs: &[saola_graph::Symbol],
            ) -> Vec<saola_graph::Symbol> {
                $crate::layers::cell::call_alone(self, cx, xs)
            }
        }
    };
}
pub(super) use cell_layer;
