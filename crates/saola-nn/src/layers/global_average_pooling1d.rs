//! `GlobalAveragePooling1D`: the mean over one spatial axis.

use super::pooling::global_pooling_layer;

global_pooling_layer! {
    /// The mean of each channel over all positions of one spatial axis.
    ///
    /// Shapes: `[batch, steps, channels]` gives `[batch, channels]`. Where the input
    /// has a mask, only the steps that count do. Keras's `GlobalAveragePooling1D`.
    GlobalAveragePooling1D, 1, mean_over, mean_of_counted
}
