//! What `DepthwiseConv2D` and `SeparableConv2D` have in common.

use saola_graph::{DepthwiseConv, Dim, Padding, PerAxis, Symbol};
use saola_tensor::{Error, Result};

use super::spatial::{PaddingName, add_bias, channel_axis, check_rank};
use crate::Scope;
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Initializer, Zeros};

/// The arguments.
#[derive(Clone, Debug)]
pub(super) struct DepthwiseForm {
    pub(super) kernel_size: PerAxis,
    pub(super) strides: PerAxis,
    pub(super) padding: PaddingName,
    pub(super) depth_multiplier: usize,
    pub(super) channels_first: bool,
    pub(super) dilation_rate: PerAxis,
    pub(super) activation: Option<Function>,
    pub(super) use_bias: bool,
    pub(super) depthwise_initializer: Initializer,
    pub(super) bias_initializer: Initializer,
}

impl DepthwiseForm {
    pub(super) fn new(kernel_size: PerAxis) -> DepthwiseForm {
        DepthwiseForm {
            kernel_size,
            strides: 1.into(),
            padding: Padding::Valid.into(),
            depth_multiplier: 1,
            channels_first: false,
            dilation_rate: 1.into(),
            activation: None,
            use_bias: true,
            depthwise_initializer: GlorotUniform.into(),
            bias_initializer: Zeros.into(),
        }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<DepthwiseForm> {
        Ok(DepthwiseForm {
            kernel_size: config.extents("kernel_size", 2)?.into(),
            strides: config.sizes("strides", 2)?.map_or(1.into(), PerAxis::from),
            padding: config.word("padding", &["valid", "same"])?.into(),
            depth_multiplier: config.size_or("depth_multiplier", 1)?,
            channels_first: config.channels_first()?,
            dilation_rate: config.sizes("dilation_rate", 2)?.map_or(1.into(), PerAxis::from),
            activation: config.activation("activation")?,
            use_bias: config.truth("use_bias", true)?,
            depthwise_initializer: config.initializer("depthwise_initializer", GlorotUniform)?,
            bias_initializer: config.initializer("bias_initializer", Zeros)?,
        })
    }

    /// The channels of the input.
    pub(super) fn channels(&self, x: &Symbol) -> Dim {
        x.dim(channel_axis(self.channels_first))
    }

    /// The convolution of each channel, with the weight `name`.
    pub(super) fn depthwise(
        &self,
        cx: &mut Scope<'_>,
        x: &Symbol,
        class: &str,
        name: &str,
    ) -> Result<Symbol> {
        check_rank(class, x, 2)?;
        if self.depth_multiplier == 0 {
            return Err(Error::value(format!("{class}: depth_multiplier is 0")).help("give at least 1"));
        }
        let window = self.kernel_size.of_rank(2)?.into_iter().map(Dim::Known);
        let dims: Vec<Dim> = window.chain([self.channels(x), Dim::Known(self.depth_multiplier)]).collect();
        let kernel = cx.weight(name, dims, self.depthwise_initializer.clone());
        let mut conv = DepthwiseConv::new()
            .strides(self.strides.clone())
            .dilations(self.dilation_rate.clone())
            .padding(self.padding.get()?);
        if self.channels_first {
            conv = conv.channels_first();
        }
        Ok(conv.call(x, &kernel))
    }

    /// Bias and activation.
    pub(super) fn finish(&self, cx: &mut Scope<'_>, y: &Symbol, outputs: Dim) -> Symbol {
        let y = match self.use_bias {
            true => {
                let bias = cx.weight("bias", [outputs], self.bias_initializer.clone());
                add_bias(y, &bias, self.channels_first)
            }
            false => y.clone(),
        };
        self.activation.as_ref().map_or(y.clone(), |activation| activation.apply(&y))
    }
}

/// The builder methods that both layers have.
macro_rules! depthwise_methods {
    ($name:ident) => {
        impl $name {
            /// How far windows move from one output to the next; 1 by default.
            #[must_use]
            pub fn strides(mut self, strides: impl Into<saola_graph::PerAxis>) -> $name {
                self.form.strides = strides.into();
                self
            }

            /// What windows see beyond the border: a [`saola_graph::Padding`] or its Keras name; `"valid"` by default.
            #[must_use]
            pub fn padding(mut self, padding: impl Into<PaddingName>) -> $name {
                self.form.padding = padding.into();
                self
            }

            /// How many outputs each channel has; 1 by default.
            #[must_use]
            pub fn depth_multiplier(mut self, multiplier: usize) -> $name {
                self.form.depth_multiplier = multiplier;
                self
            }

            /// Channels are the second axis of input and output instead of the last.
            #[must_use]
            pub fn channels_first(mut self) -> $name {
                self.form.channels_first = true;
                self
            }

            /// The distance of the kernel's elements in the input; 1 by default.
            #[must_use]
            pub fn dilation_rate(mut self, rate: impl Into<saola_graph::PerAxis>) -> $name {
                self.form.dilation_rate = rate.into();
                self
            }

            /// What is applied to the sum; nothing by default.
            #[must_use]
            pub fn activation(mut self, activation: impl Into<Function>) -> $name {
                self.form.activation = Some(activation.into());
                self
            }

            /// Whether there is a bias; there is by default.
            #[must_use]
            pub fn use_bias(mut self, use_bias: bool) -> $name {
                self.form.use_bias = use_bias;
                self
            }

            /// How the kernel of the channels begins; [`crate::initializers::GlorotUniform`] by default.
            #[must_use]
            pub fn depthwise_initializer(mut self, initializer: impl Into<Initializer>) -> $name {
                self.form.depthwise_initializer = initializer.into();
                self
            }

            /// How the bias begins; [`crate::initializers::Zeros`] by default.
            #[must_use]
            pub fn bias_initializer(mut self, initializer: impl Into<Initializer>) -> $name {
                self.form.bias_initializer = initializer.into();
                self
            }
        }
    };
}
pub(super) use depthwise_methods;
