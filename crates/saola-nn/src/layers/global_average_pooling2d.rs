//! `GlobalAveragePooling2D`: the mean over two spatial axes.

use super::pooling::global_pooling_layer;

global_pooling_layer! {
    /// The mean of each channel over all positions of two spatial axes.
    ///
    /// Shapes: `[batch, height, width, channels]` gives `[batch, channels]`. Keras's `GlobalAveragePooling2D`.
    GlobalAveragePooling2D, 2, mean_over
}
