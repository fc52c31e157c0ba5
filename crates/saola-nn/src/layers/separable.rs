//! What the layers that convolve each channel alone have in common.

use saola_graph::{Conv, DepthwiseConv, Dim, Padding, PerAxis, Symbol};
use saola_tensor::{Error, Result};

use super::convolution::activation_config;
use super::spatial::{PaddingName, add_bias, channel_axis, check_rank, data_format};
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Zeros};
use crate::recipe::Recipe;
use crate::{LayerConfig, Scope};

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
    pub(super) depthwise: Recipe,
    pub(super) bias: Recipe,
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
            depthwise: Recipe::new(GlorotUniform),
            bias: Recipe::new(Zeros),
        }
    }

    pub(super) fn from_config(config: &mut ConfigReader, rank: usize) -> Result<DepthwiseForm> {
        Ok(DepthwiseForm {
            kernel_size: config.extents("kernel_size", rank)?.into(),
            strides: config.sizes("strides", rank)?.map_or(1.into(), PerAxis::from),
            padding: config.word("padding", &["valid", "same"])?.into(),
            depth_multiplier: config.size_or("depth_multiplier", 1)?,
            channels_first: config.channels_first()?,
            dilation_rate: config.sizes("dilation_rate", rank)?.map_or(1.into(), PerAxis::from),
            activation: config.activation("activation")?,
            use_bias: config.truth("use_bias", true)?,
            depthwise: config.recipe("depthwise", GlorotUniform)?,
            bias: config.recipe("bias", Zeros)?,
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
        rank: usize,
    ) -> Result<Symbol> {
        check_rank(class, x, rank)?;
        if self.depth_multiplier == 0 {
            return Err(Error::value(format!("{class}: depth_multiplier is 0")).help("give at least 1"));
        }
        let window = self.kernel_size.of_rank(rank)?.into_iter().map(Dim::Known);
        let dims: Vec<Dim> = window.chain([self.channels(x), Dim::Known(self.depth_multiplier)]).collect();
        let kernel = cx.weight_of(name, dims, &self.depthwise);
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
                let bias = cx.weight_of("bias", [outputs], &self.bias);
                add_bias(y, &bias, self.channels_first)
            }
            false => y.clone(),
        };
        self.activation.as_ref().map_or(y.clone(), |activation| activation.apply(&y))
    }

    /// The fields that the depthwise and the separable layers share.
    pub(super) fn config(&self, class: &'static str, rank: usize) -> Result<LayerConfig> {
        LayerConfig::new(class)
            .with("depth_multiplier", self.depth_multiplier)
            .with("kernel_size", self.kernel_size.of_rank(rank)?)
            .with("strides", self.strides.of_rank(rank)?)
            .with("padding", self.padding.keras_name()?)
            .with("data_format", data_format(self.channels_first))
            .with("dilation_rate", self.dilation_rate.of_rank(rank)?)
            .with("activation", activation_config(&self.activation)?)
            .with("use_bias", self.use_bias)
            .recipe("depthwise", &self.depthwise)?
            .recipe("bias", &self.bias)
    }

    /// The channels alone, with bias and activation.
    pub(super) fn alone(&self, cx: &mut Scope<'_>, x: &Symbol, class: &str, rank: usize) -> Result<Symbol> {
        let outputs = match self.channels(x) {
            Dim::Known(n) => n.checked_mul(self.depth_multiplier).map_or(Dim::Any, Dim::Known),
            Dim::Any => Dim::Any,
        };
        let y = self.depthwise(cx, x, class, "kernel", rank)?;
        Ok(self.finish(cx, &y, outputs))
    }

    /// The channels alone, then mixed at each position, with bias and activation.
    pub(super) fn mixed(
        &self,
        cx: &mut Scope<'_>,
        x: &Symbol,
        class: &str,
        rank: usize,
        (filters, pointwise): (usize, &Recipe),
    ) -> Result<Symbol> {
        if filters == 0 {
            return Err(Error::value(format!("{class}: filters is 0")).help("give at least one filter"));
        }
        let y = self.depthwise(cx, x, class, "depthwise_kernel", rank)?;
        let filters = Dim::Known(filters);
        let ones = std::iter::repeat_n(Dim::Known(1), rank);
        let dims: Vec<Dim> = ones.chain([self.channels(&y), filters]).collect();
        let kernel = cx.weight_of("pointwise_kernel", dims, pointwise);
        let conv = if self.channels_first { Conv::new().channels_first() } else { Conv::new() };
        Ok(self.finish(cx, &conv.call(&y, &kernel), filters))
    }
}

/// The methods that all of these layers have.
macro_rules! depthwise_methods {
    ($name:ident) => {
        $crate::layer::common!($name);
        $crate::recipe::recipe!(
            $name,
            form.depthwise,
            "the kernel of the channels",
            depthwise_initializer,
            depthwise_regularizer,
            depthwise_constraint
        );
        $crate::recipe::recipe!(
            $name,
            form.bias,
            "the bias",
            bias_initializer,
            bias_regularizer,
            bias_constraint
        );

        impl $name {
            /// How far windows move from one output to the next; 1 by default.
            #[must_use]
            pub fn strides(mut self, strides: impl Into<saola_graph::PerAxis>) -> $name {
                self.form.strides = strides.into();
                self
            }

            /// What windows see beyond the border: a [`saola_graph::Padding`] or its Keras name; `"valid"` by default.
            #[must_use]
            pub fn padding(mut self, padding: impl Into<$crate::layers::PaddingName>) -> $name {
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
            pub fn activation(mut self, activation: impl Into<$crate::activations::Function>) -> $name {
                self.form.activation = Some(activation.into());
                self
            }

            /// Whether there is a bias; there is by default.
            #[must_use]
            pub fn use_bias(mut self, use_bias: bool) -> $name {
                self.form.use_bias = use_bias;
                self
            }
        }
    };
}
pub(super) use depthwise_methods;

/// Defines a layer that convolves each channel alone, over so many spatial axes.
macro_rules! depthwise_layer {
    ($(#[$doc:meta])* $name:ident, $rank:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) base: $crate::Base,
            form: $crate::layers::separable::DepthwiseForm,
        }

        $crate::layers::separable::depthwise_methods!($name);

        impl $name {
            /// A layer with windows of `kernel_size`, a bias and no activation.
            pub fn new(kernel_size: impl Into<saola_graph::PerAxis>) -> $name {
                let form = $crate::layers::separable::DepthwiseForm::new(kernel_size.into());
                $name { base: $crate::Base::new(), form }
            }

            pub(super) fn from_config(
                config: &mut $crate::config::ConfigReader,
            ) -> saola_tensor::Result<$name> {
                let form = $crate::layers::separable::DepthwiseForm::from_config(config, $rank)?;
                Ok($name { base: config.base(), form })
            }
        }

        impl $crate::Layer for $name {
            fn base(&self) -> Option<&$crate::Base> {
                Some(&self.base)
            }

            fn config(&self) -> saola_tensor::Result<$crate::LayerConfig> {
                self.form.config(stringify!($name), $rank)
            }

            fn call(&self, cx: &mut $crate::Scope<'_>, x: &saola_graph::Symbol) -> saola_graph::Symbol {
                let built = self.form.alone(cx, x, stringify!($name), $rank);
                built.unwrap_or_else(saola_graph::Symbol::poisoned)
            }
        }
    };
}
pub(super) use depthwise_layer;

/// Defines a layer that convolves each channel alone over so many spatial axes, and then mixes them.
macro_rules! separable_layer {
    ($(#[$doc:meta])* $name:ident, $rank:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) base: $crate::Base,
            filters: usize,
            form: $crate::layers::separable::DepthwiseForm,
            pointwise: $crate::Recipe,
        }

        $crate::layers::separable::depthwise_methods!($name);
        $crate::recipe::recipe!(
            $name,
            pointwise,
            "the kernel that mixes the channels",
            pointwise_initializer,
            pointwise_regularizer,
            pointwise_constraint
        );

        impl $name {
            /// A layer with `filters` outputs and windows of `kernel_size`, a bias and no activation.
            pub fn new(filters: usize, kernel_size: impl Into<saola_graph::PerAxis>) -> $name {
                let form = $crate::layers::separable::DepthwiseForm::new(kernel_size.into());
                let pointwise = $crate::Recipe::new($crate::initializers::GlorotUniform);
                $name { base: $crate::Base::new(), filters, form, pointwise }
            }

            pub(super) fn from_config(
                config: &mut $crate::config::ConfigReader,
            ) -> saola_tensor::Result<$name> {
                Ok($name {
                    base: config.base(),
                    filters: config.size("filters")?,
                    form: $crate::layers::separable::DepthwiseForm::from_config(config, $rank)?,
                    pointwise: config.recipe("pointwise", $crate::initializers::GlorotUniform)?,
                })
            }
        }

        impl $crate::Layer for $name {
            fn base(&self) -> Option<&$crate::Base> {
                Some(&self.base)
            }

            fn config(&self) -> saola_tensor::Result<$crate::LayerConfig> {
                let config = self.form.config(stringify!($name), $rank)?;
                config.with("filters", self.filters).recipe("pointwise", &self.pointwise)
            }

            fn call(&self, cx: &mut $crate::Scope<'_>, x: &saola_graph::Symbol) -> saola_graph::Symbol {
                let pointwise = (self.filters, &self.pointwise);
                let built = self.form.mixed(cx, x, stringify!($name), $rank, pointwise);
                built.unwrap_or_else(saola_graph::Symbol::poisoned)
            }
        }
    };
}
pub(super) use separable_layer;
