//! `DepthwiseConv1D`: each channel convolved alone.

use super::separable::depthwise_layer;

depthwise_layer! {
    /// Convolution of each channel alone, over one spatial axis.
    ///
    /// Shapes: `[batch, steps, inputs]` gives `[batch, new steps, inputs · multiplier]`. Weights: `kernel`
    /// `[k, inputs, multiplier]`, `bias` `[inputs · multiplier]`. Keras's `DepthwiseConv1D`.
    DepthwiseConv1D, 1
}
