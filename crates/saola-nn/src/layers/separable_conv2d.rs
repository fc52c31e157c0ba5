//! `SeparableConv2D`: each channel convolved alone, then mixed at each position.

use saola_graph::{Conv, Dim, PerAxis, Symbol};
use saola_tensor::{Error, Result};

use super::convolution::activation_name;
use super::separable::{DepthwiseForm, depthwise_methods};
use super::spatial::{PaddingName, data_format};
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::{GlorotUniform, Initializer};
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Convolution of each channel alone over two spatial axes, and then of all channels with windows of one element.
///
/// Shapes: `[batch, height, width, inputs]` gives `[batch, new height, new width, filters]`. Weights: `depthwise_kernel`
/// `[k, k, inputs, multiplier]`, `pointwise_kernel` `[1, 1, inputs · multiplier, filters]`, `bias` `[filters]`. Keras's
/// `SeparableConv2D`.
#[derive(Clone, Debug)]
pub struct SeparableConv2D {
    pub(crate) base: Base,
    filters: usize,
    form: DepthwiseForm,
    pointwise_initializer: Initializer,
}

common!(SeparableConv2D);
depthwise_methods!(SeparableConv2D);

impl SeparableConv2D {
    /// A layer with `filters` outputs and windows of `kernel_size`, a bias and no activation.
    pub fn new(filters: usize, kernel_size: impl Into<PerAxis>) -> SeparableConv2D {
        let form = DepthwiseForm::new(kernel_size.into());
        SeparableConv2D { base: Base::new(), filters, form, pointwise_initializer: GlorotUniform.into() }
    }

    /// How the kernel that mixes the channels begins; [`GlorotUniform`] by default.
    #[must_use]
    pub fn pointwise_initializer(mut self, initializer: impl Into<Initializer>) -> SeparableConv2D {
        self.pointwise_initializer = initializer.into();
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<SeparableConv2D> {
        Ok(SeparableConv2D {
            base: config.base(),
            filters: config.size("filters")?,
            form: DepthwiseForm::from_config(config)?,
            pointwise_initializer: config.initializer("pointwise_initializer", GlorotUniform)?,
        })
    }

    fn build(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        if self.filters == 0 {
            return Err(Error::value("SeparableConv2D: filters is 0").help("give at least one filter"));
        }
        let y = self.form.depthwise(cx, x, "SeparableConv2D", "depthwise_kernel")?;
        let (one, filters) = (Dim::Known(1), Dim::Known(self.filters));
        let dims = [one, one, self.form.channels(&y), filters];
        let kernel = cx.weight("pointwise_kernel", dims, self.pointwise_initializer.clone());
        let conv = if self.form.channels_first { Conv::new().channels_first() } else { Conv::new() };
        Ok(self.form.finish(cx, &conv.call(&y, &kernel), filters))
    }
}

impl Layer for SeparableConv2D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let form = &self.form;
        Ok(LayerConfig::new("SeparableConv2D")
            .with("depth_multiplier", form.depth_multiplier)
            .with("filters", self.filters)
            .with("kernel_size", form.kernel_size.of_rank(2)?)
            .with("strides", form.strides.of_rank(2)?)
            .with("padding", form.padding.keras_name()?)
            .with("data_format", data_format(form.channels_first))
            .with("dilation_rate", form.dilation_rate.of_rank(2)?)
            .with("activation", activation_name(&form.activation)?)
            .with("use_bias", form.use_bias)
            .with("depthwise_initializer", form.depthwise_initializer.config()?)
            .with("pointwise_initializer", self.pointwise_initializer.config()?)
            .with("bias_initializer", form.bias_initializer.config()?)
            .nulls(&["depthwise_regularizer", "pointwise_regularizer", "bias_regularizer"])
            .nulls(&["activity_regularizer", "depthwise_constraint", "pointwise_constraint"])
            .nulls(&["bias_constraint"]))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.build(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
