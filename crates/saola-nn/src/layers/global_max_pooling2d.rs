//! `GlobalMaxPooling2D`: the largest element over two spatial axes.

use super::pooling::global_pooling_layer;

global_pooling_layer! {
    /// The largest element of each channel over all positions of two spatial axes.
    ///
    /// Shapes: `[batch, height, width, channels]` gives `[batch, channels]`. Keras's `GlobalMaxPooling2D`.
    GlobalMaxPooling2D, 2, max_over
}
