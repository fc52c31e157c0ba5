//! `Conv3D`: convolution over three spatial axes.

use super::convolution::conv_layer;

conv_layer! {
    /// Convolution over three spatial axes: volumes, or images over time.
    ///
    /// Shapes: `[batch, a, b, c, inputs]` gives `[batch, new a, new b, new c, filters]`. Weights: `kernel`
    /// `[k, k, k, inputs / groups, filters]`, `bias` `[filters]`. Keras's `Conv3D`.
    Conv3D, 3
}
