//! `Conv2DTranspose`: a convolution run backward.

use saola_graph::{ConvTranspose, Dim, Padding, PerAxis, Symbol};
use saola_tensor::{Error, Result};

use super::convolution::activation_name;
use super::spatial::{PaddingName, add_bias, channel_axis, check_rank, data_format};
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Initializer, Zeros};
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Transposed convolution over two spatial axes, which makes images larger.
///
/// Shapes: `[batch, height, width, inputs]` gives `[batch, new height, new width, filters]`; with the padding `"same"`
/// new extents are old ones times the stride. Weights: `kernel` `[k, k, filters, inputs]`, `bias` `[filters]`. Keras's
/// `Conv2DTranspose`.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_nn::layers::Conv2DTranspose;
/// use saola_nn::{Scope, Weights};
///
/// let x = placeholder("x", DType::F32, [Dim::Any, 7.into(), 7.into(), 8.into()]);
/// let layer = Conv2DTranspose::new(4, 3).strides(2).padding("same");
/// let y = Scope::new(&mut Weights::new()).call(&layer, &x);
/// assert_eq!(y.spec().to_string(), "f32[?, 14, 14, 4]");
/// ```
#[derive(Clone, Debug)]
pub struct Conv2DTranspose {
    pub(crate) base: Base,
    filters: usize,
    kernel_size: PerAxis,
    strides: PerAxis,
    padding: PaddingName,
    output_padding: Option<PerAxis>,
    channels_first: bool,
    dilation_rate: PerAxis,
    activation: Option<Function>,
    use_bias: bool,
    kernel_initializer: Initializer,
    bias_initializer: Initializer,
}

common!(Conv2DTranspose);

impl Conv2DTranspose {
    /// A layer with `filters` outputs and windows of `kernel_size`, a bias and no activation.
    pub fn new(filters: usize, kernel_size: impl Into<PerAxis>) -> Conv2DTranspose {
        Conv2DTranspose {
            base: Base::new(),
            filters,
            kernel_size: kernel_size.into(),
            strides: 1.into(),
            padding: Padding::Valid.into(),
            output_padding: None,
            channels_first: false,
            dilation_rate: 1.into(),
            activation: None,
            use_bias: true,
            kernel_initializer: GlorotUniform.into(),
            bias_initializer: Zeros.into(),
        }
    }

    /// How far windows move in the output from one input to the next; 1 by default.
    #[must_use]
    pub fn strides(mut self, strides: impl Into<PerAxis>) -> Conv2DTranspose {
        self.strides = strides.into();
        self
    }

    /// `"valid"`, the default, or `"same"`.
    #[must_use]
    pub fn padding(mut self, padding: impl Into<PaddingName>) -> Conv2DTranspose {
        self.padding = padding.into();
        self
    }

    /// What is added to the output's extents; by default they follow from the padding alone.
    #[must_use]
    pub fn output_padding(mut self, padding: impl Into<PerAxis>) -> Conv2DTranspose {
        self.output_padding = Some(padding.into());
        self
    }

    /// The distance of the kernel's elements in the output; 1 by default.
    #[must_use]
    pub fn dilation_rate(mut self, rate: impl Into<PerAxis>) -> Conv2DTranspose {
        self.dilation_rate = rate.into();
        self
    }

    /// Channels are the second axis of input and output instead of the last.
    #[must_use]
    pub fn channels_first(mut self) -> Conv2DTranspose {
        self.channels_first = true;
        self
    }

    /// What is applied to the sum; nothing by default.
    #[must_use]
    pub fn activation(mut self, activation: impl Into<Function>) -> Conv2DTranspose {
        self.activation = Some(activation.into());
        self
    }

    /// Whether there is a bias; there is by default.
    #[must_use]
    pub fn use_bias(mut self, use_bias: bool) -> Conv2DTranspose {
        self.use_bias = use_bias;
        self
    }

    /// How the kernel begins; [`GlorotUniform`] by default.
    #[must_use]
    pub fn kernel_initializer(mut self, initializer: impl Into<Initializer>) -> Conv2DTranspose {
        self.kernel_initializer = initializer.into();
        self
    }

    /// How the bias begins; [`Zeros`] by default.
    #[must_use]
    pub fn bias_initializer(mut self, initializer: impl Into<Initializer>) -> Conv2DTranspose {
        self.bias_initializer = initializer.into();
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Conv2DTranspose> {
        Ok(Conv2DTranspose {
            base: config.base(),
            filters: config.size("filters")?,
            kernel_size: config.extents("kernel_size", 2)?.into(),
            strides: config.sizes("strides", 2)?.map_or(1.into(), PerAxis::from),
            padding: config.word("padding", &["valid", "same"])?.into(),
            output_padding: config.sizes("output_padding", 2)?.map(PerAxis::from),
            channels_first: config.channels_first()?,
            dilation_rate: config.sizes("dilation_rate", 2)?.map_or(1.into(), PerAxis::from),
            activation: config.activation("activation")?,
            use_bias: config.truth("use_bias", true)?,
            kernel_initializer: config.initializer("kernel_initializer", GlorotUniform)?,
            bias_initializer: config.initializer("bias_initializer", Zeros)?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        check_rank("Conv2DTranspose", x, 2)?;
        if self.filters == 0 {
            return Err(Error::value("Conv2DTranspose: filters is 0").help("give at least one filter"));
        }
        let inputs = x.dim(channel_axis(self.channels_first));
        let window = self.kernel_size.of_rank(2)?.into_iter().map(Dim::Known);
        let dims: Vec<Dim> = window.chain([Dim::Known(self.filters), inputs]).collect();
        let kernel = cx.weight("kernel", dims, self.kernel_initializer.clone());
        let mut conv = ConvTranspose::new()
            .strides(self.strides.clone())
            .dilations(self.dilation_rate.clone())
            .padding(self.padding.get()?);
        if let Some(padding) = &self.output_padding {
            conv = conv.output_padding(padding.clone());
        }
        if self.channels_first {
            conv = conv.channels_first();
        }
        let mut y = conv.call(x, &kernel);
        if self.use_bias {
            let bias = cx.weight("bias", [self.filters], self.bias_initializer.clone());
            y = add_bias(&y, &bias, self.channels_first);
        }
        Ok(self.activation.as_ref().map_or(y.clone(), |activation| activation.apply(&y)))
    }
}

impl Layer for Conv2DTranspose {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let output_padding = self.output_padding.as_ref().map(|p| p.of_rank(2)).transpose()?;
        Ok(LayerConfig::new("Conv2DTranspose")
            .with("filters", self.filters)
            .with("kernel_size", self.kernel_size.of_rank(2)?)
            .with("strides", self.strides.of_rank(2)?)
            .with("padding", self.padding.keras_name()?)
            .with("output_padding", output_padding)
            .with("data_format", data_format(self.channels_first))
            .with("dilation_rate", self.dilation_rate.of_rank(2)?)
            .with("activation", activation_name(&self.activation)?)
            .with("use_bias", self.use_bias)
            .with("kernel_initializer", self.kernel_initializer.config()?)
            .with("bias_initializer", self.bias_initializer.config()?)
            .nulls(&["kernel_regularizer", "bias_regularizer", "activity_regularizer"])
            .nulls(&["kernel_constraint", "bias_constraint"]))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
