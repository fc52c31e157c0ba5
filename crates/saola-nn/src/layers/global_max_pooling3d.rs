//! `GlobalMaxPooling3D`: the largest element over three spatial axes.

use super::pooling::global_pooling_layer;

global_pooling_layer! {
    /// The largest element of each channel over all positions of three spatial axes.
    ///
    /// Shapes: `[batch, a, b, c, channels]` gives `[batch, channels]`. Keras's `GlobalMaxPooling3D`.
    GlobalMaxPooling3D, 3, max_over
}
