//! `GlobalAveragePooling3D`: the mean over three spatial axes.

use super::pooling::global_pooling_layer;

global_pooling_layer! {
    /// The mean of each channel over all positions of three spatial axes.
    ///
    /// Shapes: `[batch, a, b, c, channels]` gives `[batch, channels]`. Keras's `GlobalAveragePooling3D`.
    GlobalAveragePooling3D, 3, mean_over
}
