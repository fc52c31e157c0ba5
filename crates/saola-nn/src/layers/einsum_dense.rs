//! `EinsumDense`: a dense layer over any axes.

use saola_graph::{Dim, Symbol, einsum};
use saola_tensor::{Error, Result};

use super::convolution::activation_config;
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Zeros};
use crate::layer::{Base, common};
use crate::recipe::{Recipe, recipe};
use crate::{Layer, LayerConfig, Scope};

/// `activation(einsum(equation, x, kernel) + bias)`: a dense layer over any axes.
///
/// The equation names the axes of the input, of the kernel and of the output, as `abc,cd->abd` for a dense layer on
/// sequences; `...` stands for any axes. Weights: `kernel`, `bias`. Keras's `EinsumDense`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::EinsumDense;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 10.into(), 8.into()]);
/// // Two heads of four features at every step.
/// let layer = EinsumDense::new("abc,cde->abde", [None, Some(2), Some(4)]).bias_axes("de");
/// let y = Scope::new(&mut Weights::new()).call(&layer, &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 10, 2, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct EinsumDense {
    pub(crate) base: Base,
    equation: String,
    output_shape: Vec<Option<usize>>,
    activation: Option<Function>,
    bias_axes: Option<String>,
    kernel: Recipe,
    bias: Recipe,
}

common!(EinsumDense);
recipe!(EinsumDense, kernel, "the kernel", kernel_initializer, kernel_regularizer, kernel_constraint);
recipe!(EinsumDense, bias, "the bias", bias_initializer, bias_regularizer, bias_constraint);

/// The equation for an input of some rank: one letter for each axis.
struct Form {
    input: Vec<char>,
    kernel: Vec<char>,
    output: Vec<char>,
    /// The extents of kernel and bias.
    kernel_dims: Vec<Dim>,
    bias_dims: Vec<Dim>,
}

impl EinsumDense {
    /// By this equation, with an output of these extents, without the batch; `None` is the extent of the input's axis.
    /// There is no bias unless its axes are given.
    pub fn new(equation: impl Into<String>, output_shape: impl Into<Vec<Option<usize>>>) -> EinsumDense {
        EinsumDense {
            base: Base::new(),
            equation: equation.into(),
            output_shape: output_shape.into(),
            activation: None,
            bias_axes: None,
            kernel: Recipe::new(GlorotUniform),
            bias: Recipe::new(Zeros),
        }
    }

    /// The letters of the output's axes along which there is a bias.
    #[must_use]
    pub fn bias_axes(mut self, axes: impl Into<String>) -> EinsumDense {
        self.bias_axes = Some(axes.into());
        self
    }

    /// What is applied to the sum; nothing by default.
    #[must_use]
    pub fn activation(mut self, activation: impl Into<Function>) -> EinsumDense {
        self.activation = Some(activation.into());
        self
    }

    /// How kernel and bias begin and what holds them.
    pub(super) fn recipes(mut self, kernel: &Recipe, bias: &Recipe) -> EinsumDense {
        (self.kernel, self.bias) = (kernel.clone(), bias.clone());
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<EinsumDense> {
        let one = config.size_or_none("output_shape");
        Ok(EinsumDense {
            base: config.base(),
            equation: config.text("equation")?.unwrap_or_default(),
            output_shape: match one {
                Some(n) => vec![Some(n)],
                None => config.maybe_sizes("output_shape")?.unwrap_or_default(),
            },
            activation: config.activation("activation")?,
            bias_axes: config.text("bias_axes")?,
            kernel: config.recipe("kernel", GlorotUniform)?,
            bias: config.recipe("bias", Zeros)?,
        })
    }

    fn fault(&self, what: &str) -> Error {
        Error::value(format!("EinsumDense: the equation `{}` {what}", self.equation))
            .help("write `input,kernel->output` with a letter for each axis, as `abc,cd->abd`")
    }

    /// The equation for the input `x`.
    fn form(&self, x: &Symbol) -> Result<Form> {
        let parts = self.equation.split_once("->").and_then(|(left, output)| {
            left.split_once(',').map(|(input, kernel)| [input, kernel, output].map(|p| p.replace(' ', "")))
        });
        let [input, kernel, output] = parts.ok_or_else(|| self.fault("is none"))?;
        let dims = x.check()?.dims();
        let named = input.chars().filter(|c| *c != '.').count();
        let dots = dims.len().checked_sub(named).filter(|&n| n == 0 || input.contains("..."));
        let dots = dots.ok_or_else(|| self.fault(&format!("is not for {}", x.spec())))?;
        // Letters for the axes that dots stand for, which the equation does not have.
        let filler: String = ('A'..='Z').filter(|c| !self.equation.contains(*c)).take(dots).collect();
        if filler.len() < dots {
            return Err(self.fault(&format!("is not for the many axes of {}", x.spec())));
        }
        let spell = |text: &str| text.replacen("...", &filler, 1).chars().collect::<Vec<char>>();
        let (input_letters, output_letters) = (spell(&input), spell(&output));
        let kernel: Vec<char> = kernel.chars().collect();
        let extents: Vec<(char, Dim)> = input_letters.iter().copied().zip(dims.iter().copied()).collect();
        // The given extents are the last ones where dots come first, and else those behind the batch.
        let left = output.starts_with("...");
        let given = |i: usize| {
            let at = match left {
                true => (i + self.output_shape.len()).checked_sub(output_letters.len()),
                false => i.checked_sub(1),
            };
            at.and_then(|at| self.output_shape.get(at).copied().flatten()).map(Dim::Known)
        };
        let extent = |letter: char| {
            let of_output = output_letters.iter().position(|&c| c == letter).and_then(given);
            let of_input = extents.iter().find(|e| e.0 == letter).map(|e| e.1);
            of_input
                .or(of_output)
                .ok_or_else(|| self.fault(&format!("does not tell the extent of `{letter}`")))
        };
        let kernel_dims = kernel.iter().map(|&c| extent(c)).collect::<Result<_>>()?;
        let axes = self.bias_axes.as_deref().unwrap_or_default();
        if let Some(wrong) = axes.chars().find(|c| !output_letters.contains(c)) {
            return Err(self.fault(&format!("has no `{wrong}` in its output, which is to have a bias")));
        }
        let behind = output_letters.iter().skip_while(|c| !axes.contains(**c));
        let of_bias = |&c: &char| if axes.contains(c) { extent(c) } else { Ok(Dim::Known(1)) };
        let bias_dims = behind.map(of_bias).collect::<Result<_>>()?;
        Ok(Form { input: input_letters, kernel, output: output_letters, kernel_dims, bias_dims })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let form = self.form(x)?;
        let kernel = cx.weight_of("kernel", form.kernel_dims, &self.kernel);
        let text = |letters: &[char]| letters.iter().collect::<String>();
        let equation = format!("{},{}->{}", text(&form.input), text(&form.kernel), text(&form.output));
        let mut y = einsum(&equation, [x, &kernel]);
        if self.bias_axes.is_some() {
            y = y + cx.weight_of("bias", form.bias_dims, &self.bias);
        }
        Ok(self.activation.as_ref().map_or(y.clone(), |activation| activation.apply(&y)))
    }
}

impl Layer for EinsumDense {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let config = LayerConfig::new("EinsumDense")
            .with("equation", self.equation.clone())
            .with("activation", activation_config(&self.activation)?)
            .with("bias_axes", self.bias_axes.clone())
            .recipe("kernel", &self.kernel)?
            .recipe("bias", &self.bias)?;
        Ok(config.with("output_shape", self.output_shape.clone()))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
