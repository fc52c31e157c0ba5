//! `DepthwiseConv2D`: each channel convolved alone.

use super::separable::depthwise_layer;

depthwise_layer! {
    /// Convolution of each channel alone, over two spatial axes.
    ///
    /// Shapes: `[batch, height, width, inputs]` gives `[batch, new height, new width, inputs · multiplier]`. Weights: `kernel`
    /// `[k, k, inputs, multiplier]`, `bias` `[inputs · multiplier]`. Keras's `DepthwiseConv2D`.
    DepthwiseConv2D, 2
}
