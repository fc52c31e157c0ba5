//! Activation functions: typed values, or their Keras names as strings.
//!
//! Each is also a layer, so that `.add(Relu)` works beside `.activation(Relu)`.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::initializers::unknown;
use crate::{Layer, LayerConfig, Scope};

/// A function of symbols, with a name.
#[derive(Clone)]
pub struct Function {
    name: String,
    /// Whether the name is Keras's for it.
    built_in: bool,
    apply: Arc<dyn Fn(&Symbol) -> Symbol + Send + Sync>,
}

impl Function {
    /// A function of your own.
    ///
    /// ```
    /// use saola_nn::activations::Function;
    /// use saola_nn::layers::Dense;
    ///
    /// let layer = Dense::new(4).activation(Function::new("cube", |x| x * x * x));
    /// ```
    pub fn new(
        name: impl Into<String>,
        apply: impl Fn(&Symbol) -> Symbol + Send + Sync + 'static,
    ) -> Function {
        Function { name: name.into(), built_in: false, apply: Arc::new(apply) }
    }

    fn built_in(name: &str, apply: impl Fn(&Symbol) -> Symbol + Send + Sync + 'static) -> Function {
        Function { built_in: true, ..Function::new(name, apply) }
    }

    /// The function that Keras calls `name`.
    pub(crate) fn of_keras(name: &str) -> Result<Function> {
        let name = match name {
            "swish" => "silu",
            "hard_swish" => "hard_silu",
            name => name,
        };
        match TABLE.iter().find(|entry| entry.0 == name) {
            Some(&(name, apply)) => Ok(Function::built_in(name, apply)),
            None => {
                let names: Vec<&str> = TABLE.iter().map(|e| e.0).collect();
                Err(unknown("activation", name, &names))
            }
        }
    }

    /// Keras's name for the function.
    ///
    /// # Errors
    /// A function of one's own, which has none.
    pub(crate) fn keras_name(&self) -> Result<&str> {
        if self.built_in {
            return Ok(&self.name);
        }
        Err(Error::state(format!(
            "the activation `{}` is a function of your own, which no file can hold",
            self.name
        ))
        .help("use one of Keras's activations, or save the weights alone with `save_weights`"))
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The function of `x`.
    pub fn apply(&self, x: &Symbol) -> Symbol {
        (self.apply)(x)
    }
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// The activation of a Keras name; an unknown one gives an error where it is applied.
impl From<&str> for Function {
    fn from(name: &str) -> Function {
        match TABLE.iter().find(|entry| entry.0 == name) {
            Some(&(_, apply)) => Function::built_in(name, apply),
            None => {
                let names: Vec<&str> = TABLE.iter().map(|e| e.0).collect();
                let error = unknown("activation", name, &names);
                Function::new(name, move |_| Symbol::poisoned(error.clone()))
            }
        }
    }
}

macro_rules! activations {
    ($($(#[$doc:meta])* $name:ident, $text:literal, |$x:ident| $body:expr;)*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq)]
            pub struct $name;

            impl From<$name> for Function {
                fn from(_: $name) -> Function {
                    Function::built_in($text, |$x| $body)
                }
            }

            impl Layer for $name {
                fn call(&self, _cx: &mut Scope<'_>, $x: &Symbol) -> Symbol {
                    $body
                }

                fn masking(&self) -> crate::Masking {
                    crate::Masking::Passes
                }

                fn config(&self) -> Result<LayerConfig> {
                    Ok(LayerConfig::new("Activation").with("activation", $text))
                }
            }
        )*

        /// Names and functions.
        const TABLE: &[(&str, fn(&Symbol) -> Symbol)] = &[$(($text, |$x| $body)),*];
    };
}
activations! {
    /// The input itself.
    Linear, "linear", |x| x.clone();
    /// max(x, 0).
    Relu, "relu", |x| x.relu();
    /// min(max(x, 0), 6).
    Relu6, "relu6", |x| x.relu6();
    /// x where it is positive, else 0.2·x.
    LeakyRelu, "leaky_relu", |x| x.leaky_relu(0.2);
    /// 1 / (1 + e^−x).
    Sigmoid, "sigmoid", |x| x.sigmoid();
    /// ln(1 / (1 + e^−x)).
    LogSigmoid, "log_sigmoid", |x| x.log_sigmoid();
    /// The hyperbolic tangent.
    Tanh, "tanh", |x| x.tanh();
    /// e^x divided by its sum over the last axis.
    Softmax, "softmax", |x| x.softmax();
    /// The logarithm of the softmax.
    LogSoftmax, "log_softmax", |x| x.log_softmax();
    /// x where it is positive, else e^x − 1.
    Elu, "elu", |x| x.elu(1.0);
    /// 1.0507·x where it is positive, else 1.7581·(e^x − 1) (Klambauer et al., 2017).
    Selu, "selu", |x| x.selu();
    /// ln(1 + e^x).
    Softplus, "softplus", |x| x.softplus();
    /// x / (1 + |x|).
    Softsign, "softsign", |x| x.softsign();
    /// x · sigmoid(x), also called swish.
    Silu, "silu", |x| x.silu();
    /// x · Φ(x) with Φ the normal distribution's cumulative function.
    Gelu, "gelu", |x| x.gelu();
    /// x · tanh(softplus(x)).
    Mish, "mish", |x| x * x.softplus().tanh();
    /// e^x.
    Exponential, "exponential", |x| x.exp();
    /// relu6(x + 3) / 6.
    HardSigmoid, "hard_sigmoid", |x| x.hard_sigmoid();
    /// x · hard_sigmoid(x), also called hard swish.
    HardSilu, "hard_silu", |x| x * x.hard_sigmoid();
}
