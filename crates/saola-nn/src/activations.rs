//! Activation functions: typed values, or their Keras names as strings.
//!
//! Each is also a layer, so that `.add(Relu)` works beside `.activation(Relu)`.

use std::sync::Arc;

use saola_graph::{Axes, Direction, Symbol, select};
use saola_tensor::{Error, Result};
use serde_json::Value;

use crate::initializers::unknown;
use crate::{Layer, LayerConfig, Scope, Settings};

/// A function of symbols, with a name.
#[derive(Clone)]
pub struct Function {
    name: String,
    /// Whether the name is Keras's for it.
    built_in: bool,
    apply: Arc<dyn Fn(&Symbol) -> Symbol + Send + Sync>,
}

impl Function {
    /// A function of your own. One called `package>name` is known to files by that name, as one that Keras's
    /// `register_keras_serializable` names; see [`CustomObjects::activation`](crate::CustomObjects::activation).
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
        .help("call it `package>name` and register that name where the file is read, or save the weights alone with `save_weights`"))
    }

    /// What a Keras file says of the function.
    ///
    /// # Errors
    /// A function of one's own that is not called `package>name`.
    pub(crate) fn config(&self) -> Result<Value> {
        match self.name.contains('>') {
            true => Ok(Settings::function(&self.name)),
            false => Ok(self.keras_name()?.into()),
        }
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
    /// min(max(x, −1), 1).
    HardTanh, "hard_tanh", |x| x.clip(-1.0, 1.0);
    /// x − tanh(x).
    TanhShrink, "tanh_shrink", |x| x - x.tanh();
    /// x without half a unit towards 0, and 0 where it is nearer than that.
    SoftShrink, "soft_shrink", |x| soft_shrink(x, 0.5);
    /// x where |x| is above a half, else 0.
    HardShrink, "hard_shrink", |x| hard_shrink(x, 0.5);
    /// max(x, 0) + min(0, e^x − 1) (Barron, 2017).
    Celu, "celu", |x| celu(x, 1.0);
    /// The first half of the last axis times the sigmoid of the second (Dauphin et al., 2017).
    Glu, "glu", |x| glu(x, -1);
    /// (x + √(x² + 4)) / 2.
    Squareplus, "squareplus", |x| (x + (x.square() + 4.0).sqrt()) / 2.0;
    /// 0 up to −1, (x + 1)² / 4 up to 1, then x.
    SparsePlus, "sparse_plus", |x| select(&x.less_equal(-1.0), 0.0, select(&x.less(1.0), (x + 1.0).square() * 0.25, x));
    /// 0 up to −1, (x + 1) / 2 up to 1, then 1.
    SparseSigmoid, "sparse_sigmoid", |x| select(&x.less_equal(-1.0), 0.0, select(&x.greater_equal(1.0), 1.0, (x + 1.0) * 0.5));
    /// The nearest point of the probability simplex to the last axis (Martins and Astudillo, 2016). Keras 3.15 gives other
    /// numbers, which do not add up to 1, where more than one of them is above 0.
    Sparsemax, "sparsemax", |x| sparsemax(x);
}

impl Relu {
    /// The ReLU with a slope below the threshold, a bound, and a threshold; see [`crate::layers::ReLU`].
    pub fn with(negative_slope: f64, max_value: Option<f64>, threshold: f64) -> Function {
        Function::new("relu", move |x| relu_with(x, negative_slope, max_value, threshold))
    }
}

impl LeakyRelu {
    /// With another slope below 0.
    pub fn slope(slope: f64) -> Function {
        Function::new("leaky_relu", move |x| x.leaky_relu(slope))
    }
}

impl Elu {
    /// With another factor below 0.
    pub fn alpha(alpha: f64) -> Function {
        Function::new("elu", move |x| x.elu(alpha))
    }
}

impl Celu {
    /// max(x, 0) + min(0, `alpha` · (e^(x / `alpha`) − 1)).
    pub fn alpha(alpha: f64) -> Function {
        Function::new("celu", move |x| celu(x, alpha))
    }
}

impl Gelu {
    /// The approximation by a hyperbolic tangent.
    pub fn approximate() -> Function {
        Function::new("gelu", Symbol::gelu_tanh)
    }
}

impl Softmax {
    /// Over another axis than the last.
    pub fn axis(axis: isize) -> Function {
        Function::new("softmax", move |x| softmax_over(x, &[axis]))
    }
}

impl Glu {
    /// Over another axis than the last.
    pub fn axis(axis: isize) -> Function {
        Function::new("glu", move |x| glu(x, axis))
    }
}

impl SoftShrink {
    /// With another threshold.
    pub fn threshold(threshold: f64) -> Function {
        Function::new("soft_shrink", move |x| soft_shrink(x, threshold))
    }
}

impl HardShrink {
    /// With another threshold.
    pub fn threshold(threshold: f64) -> Function {
        Function::new("hard_shrink", move |x| hard_shrink(x, threshold))
    }
}

impl Squareplus {
    /// (x + √(x² + `b`)) / 2.
    pub fn curve(b: f64) -> Function {
        Function::new("squareplus", move |x| (x + (x.square() + b).sqrt()) / 2.0)
    }
}

/// x where it is above `threshold`, else `default_value`. Keras's `threshold`.
pub fn threshold(threshold: f64, default_value: f64) -> Function {
    Function::new("threshold", move |x| select(&x.greater(threshold), x, default_value))
}

/// The ReLU with all of its arguments, as Keras's.
pub(crate) fn relu_with(x: &Symbol, slope: f64, max_value: Option<f64>, threshold: f64) -> Symbol {
    let above = match threshold {
        0.0 => x.relu(),
        _ => select(&x.greater(threshold), x, 0.0),
    };
    let bounded = max_value.map_or(above.clone(), |most| above.clip(0.0, most));
    if slope == 0.0 {
        return bounded;
    }
    bounded - (threshold - x).relu() * slope
}

/// The softmax over some axes.
pub(crate) fn softmax_over(x: &Symbol, axes: &[isize]) -> Symbol {
    match axes {
        [-1] => x.softmax(),
        &[axis] => match x.dims().axis(axis) {
            Ok(axis) if axis + 1 == x.rank() => x.softmax(),
            Ok(axis) => {
                let mut order: Vec<usize> = (0..x.rank()).collect();
                order.swap(axis, x.rank() - 1);
                x.permute(order.clone()).softmax().permute(order)
            }
            Err(error) => x.check().map_or_else(|_| x.clone(), |_| Symbol::poisoned(error)),
        },
        _ => (x - x.logsumexp_over(Axes::from(axes.to_vec()).keep())).exp(),
    }
}

fn celu(x: &Symbol, alpha: f64) -> Symbol {
    x.maximum(0.0) + (x.minimum(0.0) / alpha).expm1() * alpha
}

fn soft_shrink(x: &Symbol, threshold: f64) -> Symbol {
    let below = select(&x.less(-threshold), x + threshold, 0.0);
    select(&x.greater(threshold), x - threshold, below)
}

fn hard_shrink(x: &Symbol, threshold: f64) -> Symbol {
    select(&x.abs().greater(threshold), x, 0.0)
}

fn glu(x: &Symbol, axis: isize) -> Symbol {
    match &x.split(2, axis)[..] {
        [a, b] => a * b.sigmoid(),
        other => other.first().cloned().unwrap_or_else(|| x.clone()),
    }
}

fn sparsemax(x: &Symbol) -> Symbol {
    let sorted = x.sort(-1, Direction::Descending);
    let sums = sorted.cumsum(-1);
    let places = sorted.fill_like(1.0, x.dtype()).cumsum(-1);
    let counts = (&sorted - (&sums - 1.0) / places).greater(0.0);
    let last = || Axes::from(-1).keep();
    let many = counts.cast(x.dtype()).sum_over(last());
    // The sum of those that count, less 1, is what all of them are above the threshold.
    let threshold = (select(&counts, &sorted, 0.0).sum_over(last()) - 1.0) / many;
    (x - threshold).relu()
}
