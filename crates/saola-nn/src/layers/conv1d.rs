//! `Conv1D`: convolution over one spatial axis.

use super::convolution::conv_layer;

conv_layer! {
    /// Convolution over one spatial axis, such as time.
    ///
    /// Shapes: `[batch, steps, inputs]` gives `[batch, new steps, filters]`. Weights: `kernel`
    /// `[k, inputs / groups, filters]`, `bias` `[filters]`. Keras's `Conv1D`.
    Conv1D, 1
}
