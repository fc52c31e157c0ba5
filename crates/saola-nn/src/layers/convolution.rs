//! What `Conv1D`, `Conv2D` and `Conv3D` have in common.

use saola_graph::{Conv, Dim, Padding, PerAxis, Symbol};
use saola_tensor::{Error, Result};

use super::spatial::{PaddingName, channel_axis, check_rank, data_format};
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Zeros};
use crate::recipe::Recipe;
use crate::{LayerConfig, Scope};

/// The arguments.
#[derive(Clone, Debug)]
pub(super) struct ConvForm {
    pub(super) filters: usize,
    pub(super) kernel_size: PerAxis,
    pub(super) strides: PerAxis,
    pub(super) padding: PaddingName,
    pub(super) channels_first: bool,
    pub(super) dilation_rate: PerAxis,
    pub(super) groups: usize,
    pub(super) activation: Option<Function>,
    pub(super) use_bias: bool,
    pub(super) kernel: Recipe,
    pub(super) bias: Recipe,
}

impl ConvForm {
    pub(super) fn new(filters: usize, kernel_size: PerAxis) -> ConvForm {
        ConvForm {
            filters,
            kernel_size,
            strides: 1.into(),
            padding: Padding::Valid.into(),
            channels_first: false,
            dilation_rate: 1.into(),
            groups: 1,
            activation: None,
            use_bias: true,
            kernel: Recipe::new(GlorotUniform),
            bias: Recipe::new(Zeros),
        }
    }

    pub(super) fn from_config(config: &mut ConfigReader, rank: usize) -> Result<ConvForm> {
        let paddings: &[&str] = if rank == 1 { &["valid", "same", "causal"] } else { &["valid", "same"] };
        Ok(ConvForm {
            filters: config.size("filters")?,
            kernel_size: config.extents("kernel_size", rank)?.into(),
            strides: config.sizes("strides", rank)?.map_or(1.into(), PerAxis::from),
            padding: config.word("padding", paddings)?.into(),
            channels_first: config.channels_first()?,
            dilation_rate: config.sizes("dilation_rate", rank)?.map_or(1.into(), PerAxis::from),
            groups: config.size_or("groups", 1)?,
            activation: config.activation("activation")?,
            use_bias: config.truth("use_bias", true)?,
            kernel: config.recipe("kernel", GlorotUniform)?,
            bias: config.recipe("bias", Zeros)?,
        })
    }

    pub(super) fn config(&self, class: &'static str, rank: usize) -> Result<LayerConfig> {
        LayerConfig::new(class)
            .with("filters", self.filters)
            .with("kernel_size", self.kernel_size.of_rank(rank)?)
            .with("strides", self.strides.of_rank(rank)?)
            .with("padding", self.padding.keras_name()?)
            .with("data_format", data_format(self.channels_first))
            .with("dilation_rate", self.dilation_rate.of_rank(rank)?)
            .with("groups", self.groups)
            .with("activation", activation_config(&self.activation)?)
            .with("use_bias", self.use_bias)
            .recipe("kernel", &self.kernel)?
            .recipe("bias", &self.bias)
    }

    pub(super) fn call(&self, cx: &mut Scope<'_>, x: &Symbol, class: &str, rank: usize) -> Symbol {
        self.build(cx, x, class, rank).unwrap_or_else(Symbol::poisoned)
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol, class: &str, rank: usize) -> Result<Symbol> {
        check_rank(class, x, rank)?;
        if self.filters == 0 || self.groups == 0 {
            let (filters, groups) = (self.filters, self.groups);
            return Err(Error::value(format!("{class}: {filters} filters in {groups} groups"))
                .help("give at least one of both"));
        }
        let inputs = match x.dim(channel_axis(self.channels_first)) {
            Dim::Known(n) if !n.is_multiple_of(self.groups) => {
                return Err(Error::value(format!("{class}: {n} channels in {} groups", self.groups))
                    .help("the number of channels must be a multiple of the number of groups"));
            }
            Dim::Known(n) => Dim::Known(n / self.groups),
            Dim::Any => Dim::Any,
        };
        let window = self.kernel_size.of_rank(rank)?.into_iter().map(Dim::Known);
        let dims: Vec<Dim> = window.chain([inputs, Dim::Known(self.filters)]).collect();
        let kernel = cx.weight_of("kernel", dims, &self.kernel);
        let mut conv = Conv::new()
            .strides(self.strides.clone())
            .dilations(self.dilation_rate.clone())
            .padding(self.padding.get()?)
            .groups(self.groups);
        if self.channels_first {
            conv = conv.channels_first();
        }
        let name = self.activation.as_ref().and_then(|a| a.keras_name().ok());
        if name == Some("relu") {
            conv = conv.relu();
        }
        let y = match self.use_bias {
            true => {
                let filters = Dim::Known(self.filters);
                conv.call_with_bias(x, &kernel, &cx.weight_of("bias", [filters], &self.bias))
            }
            false => conv.call(x, &kernel),
        };
        Ok(match &self.activation {
            Some(activation) if name != Some("relu") => activation.apply(&y),
            _ => y,
        })
    }
}

/// What a file says of an activation.
pub(super) fn activation_config(activation: &Option<Function>) -> Result<serde_json::Value> {
    activation.as_ref().map_or_else(|| Ok("linear".into()), Function::config)
}

/// Keras's name of an activation.
pub(super) fn activation_name(activation: &Option<Function>) -> Result<&str> {
    activation.as_ref().map_or(Ok("linear"), Function::keras_name)
}

/// Defines a convolution layer over so many spatial axes.
macro_rules! conv_layer {
    ($(#[$doc:meta])* $name:ident, $rank:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) base: $crate::Base,
            form: $crate::layers::convolution::ConvForm,
        }

        $crate::layer::common!($name);
        $crate::recipe::recipe!(
            $name,
            form.kernel,
            "the kernel",
            kernel_initializer,
            kernel_regularizer,
            kernel_constraint
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
            /// A layer with `filters` outputs and windows of `kernel_size`, a bias and no activation.
            pub fn new(filters: usize, kernel_size: impl Into<saola_graph::PerAxis>) -> $name {
                let form = $crate::layers::convolution::ConvForm::new(filters, kernel_size.into());
                $name { base: $crate::Base::new(), form }
            }

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

            /// The distance of the kernel's elements in the input; 1 by default.
            #[must_use]
            pub fn dilation_rate(mut self, rate: impl Into<saola_graph::PerAxis>) -> $name {
                self.form.dilation_rate = rate.into();
                self
            }

            /// Into how many parts the channels are divided; outputs of a part see inputs of the same part alone.
            #[must_use]
            pub fn groups(mut self, groups: usize) -> $name {
                self.form.groups = groups;
                self
            }

            /// Channels are the second axis of input and output instead of the last.
            #[must_use]
            pub fn channels_first(mut self) -> $name {
                self.form.channels_first = true;
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

            pub(super) fn from_config(
                config: &mut $crate::config::ConfigReader,
            ) -> saola_tensor::Result<$name> {
                let form = $crate::layers::convolution::ConvForm::from_config(config, $rank)?;
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
                self.form.call(cx, x, stringify!($name), $rank)
            }
        }
    };
}
pub(super) use conv_layer;
