//! `Conv1DTranspose`: a convolution over one axis, run backward.

use super::transposed::transposed_layer;

transposed_layer! {
    /// Transposed convolution over one spatial axis, which makes sequences longer.
    ///
    /// Shapes: `[batch, steps, inputs]` gives `[batch, new steps, filters]`; with the padding `"same"` there are as many
    /// new steps as old ones times the stride. Weights: `kernel` `[k, filters, inputs]`, `bias` `[filters]`. Keras's
    /// `Conv1DTranspose`.
    Conv1DTranspose, 1
}
