//! `SeparableConv2D`: each channel convolved alone, then mixed at each position.

use super::separable::separable_layer;

separable_layer! {
    /// Convolution of each channel alone over two spatial axes, and then of all channels with windows of one element.
    ///
    /// Shapes: `[batch, height, width, inputs]` gives `[batch, new height, new width, filters]`. Weights: `depthwise_kernel`
    /// `[k, k, inputs, multiplier]`, `pointwise_kernel` `[1, 1, inputs · multiplier, filters]`, `bias` `[filters]`. Keras's
    /// `SeparableConv2D`.
    SeparableConv2D, 2
}
