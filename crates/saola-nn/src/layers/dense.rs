//! `Dense`: every output from every input.

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Zeros};
use crate::layer::{Base, Masking, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// `activation(x · kernel + bias)` over the last axis.
///
/// Shapes: `[.., n]` gives `[.., units]`. Weights: `kernel` `[n, units]`, `bias` `[units]`. Keras's `Dense`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::activations::Relu;
/// use saola_nn::layers::Dense;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, Dim::Known(3)]);
/// let y = Scope::new(&mut Weights::new()).call(&Dense::new(4).activation(Relu), &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct Dense {
    pub(crate) base: Base,
    units: usize,
    activation: Option<Function>,
    use_bias: bool,
    kernel: Recipe,
    bias: Recipe,
}

common!(Dense);
recipe!(Dense, kernel, "the kernel", kernel_initializer, kernel_regularizer, kernel_constraint);
recipe!(Dense, bias, "the bias", bias_initializer, bias_regularizer, bias_constraint);

impl Dense {
    /// A layer with `units` outputs, a bias and no activation.
    pub fn new(units: usize) -> Dense {
        Dense {
            base: Base::new(),
            units,
            activation: None,
            use_bias: true,
            kernel: Recipe::new(GlorotUniform),
            bias: Recipe::new(Zeros),
        }
    }

    /// What is applied to the sum; nothing by default.
    #[must_use]
    pub fn activation(mut self, activation: impl Into<Function>) -> Dense {
        self.activation = Some(activation.into());
        self
    }

    /// Whether there is a bias; there is by default.
    #[must_use]
    pub fn use_bias(mut self, use_bias: bool) -> Dense {
        self.use_bias = use_bias;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Dense> {
        Ok(Dense {
            base: config.base(),
            units: config.size("units")?,
            activation: config.activation("activation")?,
            use_bias: config.truth("use_bias", true)?,
            kernel: config.recipe("kernel", GlorotUniform)?,
            bias: config.recipe("bias", Zeros)?,
        })
    }
}

impl Layer for Dense {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let activation = match &self.activation {
            Some(activation) => activation.config()?,
            None => "linear".into(),
        };
        Ok(LayerConfig::new("Dense")
            .with("units", self.units)
            .with("activation", activation)
            .with("use_bias", self.use_bias)
            .recipe("kernel", &self.kernel)?
            .recipe("bias", &self.bias)?
            .nulls(&["quantization_config"]))
    }

    fn masking(&self) -> Masking {
        Masking::Passes
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if self.units == 0 {
            return Symbol::poisoned(Error::value("Dense: units is 0").help("give at least one unit"));
        }
        // A vector per example is needed; one number per example is a vector of one.
        let x = if x.rank() == 1 { x.expand_dims(-1) } else { x.clone() };
        let units = Dim::Known(self.units);
        let kernel = cx.weight_of("kernel", [x.dim(-1), units], &self.kernel);
        let mut y = x.matmul(&kernel);
        if self.use_bias {
            y = y + cx.weight_of("bias", [units], &self.bias);
        }
        match &self.activation {
            Some(activation) => activation.apply(&y),
            None => y,
        }
    }
}
