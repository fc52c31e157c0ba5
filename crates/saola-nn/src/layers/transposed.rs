//! What `Conv1DTranspose`, `Conv2DTranspose` and `Conv3DTranspose` have in common.

use saola_graph::{ConvTranspose, Dim, Padding, PerAxis, Symbol};
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
pub(super) struct TransposedForm {
    pub(super) filters: usize,
    pub(super) kernel_size: PerAxis,
    pub(super) strides: PerAxis,
    pub(super) padding: PaddingName,
    pub(super) output_padding: Option<PerAxis>,
    pub(super) channels_first: bool,
    pub(super) dilation_rate: PerAxis,
    pub(super) activation: Option<Function>,
    pub(super) use_bias: bool,
    pub(super) kernel: Recipe,
    pub(super) bias: Recipe,
}

impl TransposedForm {
    pub(super) fn new(filters: usize, kernel_size: PerAxis) -> TransposedForm {
        TransposedForm {
            filters,
            kernel_size,
            strides: 1.into(),
            padding: Padding::Valid.into(),
            output_padding: None,
            channels_first: false,
            dilation_rate: 1.into(),
            activation: None,
            use_bias: true,
            kernel: Recipe::new(GlorotUniform),
            bias: Recipe::new(Zeros),
        }
    }

    pub(super) fn from_config(config: &mut ConfigReader, rank: usize) -> Result<TransposedForm> {
        Ok(TransposedForm {
            filters: config.size("filters")?,
            kernel_size: config.extents("kernel_size", rank)?.into(),
            strides: config.sizes("strides", rank)?.map_or(1.into(), PerAxis::from),
            padding: config.word("padding", &["valid", "same"])?.into(),
            output_padding: config.sizes("output_padding", rank)?.map(PerAxis::from),
            channels_first: config.channels_first()?,
            dilation_rate: config.sizes("dilation_rate", rank)?.map_or(1.into(), PerAxis::from),
            activation: config.activation("activation")?,
            use_bias: config.truth("use_bias", true)?,
            kernel: config.recipe("kernel", GlorotUniform)?,
            bias: config.recipe("bias", Zeros)?,
        })
    }

    pub(super) fn config(&self, class: &'static str, rank: usize) -> Result<LayerConfig> {
        let output_padding = self.output_padding.as_ref().map(|p| p.of_rank(rank)).transpose()?;
        LayerConfig::new(class)
            .with("filters", self.filters)
            .with("kernel_size", self.kernel_size.of_rank(rank)?)
            .with("strides", self.strides.of_rank(rank)?)
            .with("padding", self.padding.keras_name()?)
            .with("output_padding", output_padding)
            .with("data_format", data_format(self.channels_first))
            .with("dilation_rate", self.dilation_rate.of_rank(rank)?)
            .with("activation", activation_config(&self.activation)?)
            .with("use_bias", self.use_bias)
            .recipe("kernel", &self.kernel)?
            .recipe("bias", &self.bias)
    }

    pub(super) fn build(&self, cx: &mut Scope<'_>, x: &Symbol, class: &str, rank: usize) -> Result<Symbol> {
        check_rank(class, x, rank)?;
        if self.filters == 0 {
            return Err(Error::value(format!("{class}: filters is 0")).help("give at least one filter"));
        }
        let inputs = x.dim(channel_axis(self.channels_first));
        let window = self.kernel_size.of_rank(rank)?.into_iter().map(Dim::Known);
        let dims: Vec<Dim> = window.chain([Dim::Known(self.filters), inputs]).collect();
        let kernel = cx.weight_of("kernel", dims, &self.kernel);
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
            let bias = cx.weight_of("bias", [self.filters], &self.bias);
            y = add_bias(&y, &bias, self.channels_first);
        }
        Ok(self.activation.as_ref().map_or(y.clone(), |activation| activation.apply(&y)))
    }
}

/// Defines a transposed convolution over so many spatial axes.
macro_rules! transposed_layer {
    ($(#[$doc:meta])* $name:ident, $rank:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            pub(crate) base: $crate::Base,
            form: $crate::layers::transposed::TransposedForm,
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
                let form = $crate::layers::transposed::TransposedForm::new(filters, kernel_size.into());
                $name { base: $crate::Base::new(), form }
            }

            /// How far windows move in the output from one input to the next; 1 by default.
            #[must_use]
            pub fn strides(mut self, strides: impl Into<saola_graph::PerAxis>) -> $name {
                self.form.strides = strides.into();
                self
            }

            /// `"valid"`, the default, or `"same"`.
            #[must_use]
            pub fn padding(mut self, padding: impl Into<$crate::layers::PaddingName>) -> $name {
                self.form.padding = padding.into();
                self
            }

            /// What is added to the output's extents; by default they follow from the padding alone.
            #[must_use]
            pub fn output_padding(mut self, padding: impl Into<saola_graph::PerAxis>) -> $name {
                self.form.output_padding = Some(padding.into());
                self
            }

            /// The distance of the kernel's elements in the output; 1 by default.
            #[must_use]
            pub fn dilation_rate(mut self, rate: impl Into<saola_graph::PerAxis>) -> $name {
                self.form.dilation_rate = rate.into();
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
                let form = $crate::layers::transposed::TransposedForm::from_config(config, $rank)?;
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
                let built = self.form.build(cx, x, stringify!($name), $rank);
                built.unwrap_or_else(saola_graph::Symbol::poisoned)
            }
        }
    };
}
pub(super) use transposed_layer;
