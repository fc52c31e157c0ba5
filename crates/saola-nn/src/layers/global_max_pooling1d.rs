//! `GlobalMaxPooling1D`: the largest element over one spatial axis.

use super::pooling::global_pooling_layer;

global_pooling_layer! {
    /// The largest element of each channel over all positions of one spatial axis.
    ///
    /// Shapes: `[batch, steps, channels]` gives `[batch, channels]`. Keras's `GlobalMaxPooling1D`.
    GlobalMaxPooling1D, 1, max_over
}
