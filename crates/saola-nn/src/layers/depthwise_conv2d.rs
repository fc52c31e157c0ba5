//! `DepthwiseConv2D`: each channel convolved alone.

use saola_graph::{Dim, Symbol};
use saola_tensor::Result;

use super::convolution::activation_name;
use super::separable::{DepthwiseForm, depthwise_methods};
use super::spatial::{PaddingName, data_format};
use crate::activations::Function;
use crate::config::ConfigReader;
use crate::initializers::Initializer;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Convolution of each channel alone, over two spatial axes.
///
/// Shapes: `[batch, height, width, inputs]` gives `[batch, new height, new width, inputs · multiplier]`. Weights: `kernel`
/// `[k, k, inputs, multiplier]`, `bias` `[inputs · multiplier]`. Keras's `DepthwiseConv2D`.
#[derive(Clone, Debug)]
pub struct DepthwiseConv2D {
    pub(crate) base: Base,
    form: DepthwiseForm,
}

common!(DepthwiseConv2D);
depthwise_methods!(DepthwiseConv2D);

impl DepthwiseConv2D {
    /// A layer with windows of `kernel_size`, a bias and no activation.
    pub fn new(kernel_size: impl Into<saola_graph::PerAxis>) -> DepthwiseConv2D {
        DepthwiseConv2D { base: Base::new(), form: DepthwiseForm::new(kernel_size.into()) }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<DepthwiseConv2D> {
        Ok(DepthwiseConv2D { base: config.base(), form: DepthwiseForm::from_config(config)? })
    }
}

impl Layer for DepthwiseConv2D {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let form = &self.form;
        Ok(LayerConfig::new("DepthwiseConv2D")
            .with("depth_multiplier", form.depth_multiplier)
            .with("kernel_size", form.kernel_size.of_rank(2)?)
            .with("strides", form.strides.of_rank(2)?)
            .with("padding", form.padding.keras_name()?)
            .with("data_format", data_format(form.channels_first))
            .with("dilation_rate", form.dilation_rate.of_rank(2)?)
            .with("activation", activation_name(&form.activation)?)
            .with("use_bias", form.use_bias)
            .with("depthwise_initializer", form.depthwise_initializer.config()?)
            .with("bias_initializer", form.bias_initializer.config()?)
            .nulls(&["depthwise_regularizer", "bias_regularizer", "activity_regularizer"])
            .nulls(&["depthwise_constraint", "bias_constraint"]))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let outputs = |inputs: Dim| match inputs {
            Dim::Known(n) => n.checked_mul(self.form.depth_multiplier).map_or(Dim::Any, Dim::Known),
            Dim::Any => Dim::Any,
        };
        let y = self.form.depthwise(cx, x, "DepthwiseConv2D", "kernel");
        y.map(|y| self.form.finish(cx, &y, outputs(self.form.channels(x)))).unwrap_or_else(Symbol::poisoned)
    }
}
