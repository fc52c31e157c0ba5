//! `SeparableConv1D`: each channel convolved alone, then mixed at each position.

use super::separable::separable_layer;

separable_layer! {
    /// Convolution of each channel alone over one spatial axis, and then of all channels with windows of one element.
    ///
    /// Shapes: `[batch, steps, inputs]` gives `[batch, new steps, filters]`. Weights: `depthwise_kernel`
    /// `[k, inputs, multiplier]`, `pointwise_kernel` `[1, inputs · multiplier, filters]`, `bias` `[filters]`. Keras's
    /// `SeparableConv1D`.
    SeparableConv1D, 1
}
