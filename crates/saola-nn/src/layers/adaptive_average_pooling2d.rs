//! `AdaptiveAveragePooling2D`: the mean of each of so many parts.

use super::adaptive::adaptive_layer;

adaptive_layer! {
    /// The mean of each of so many parts of the input's extent along two axes. Shapes: `[batch, height, width, channels]` gives the same
    /// with spatial extents as given. Keras's `AdaptiveAveragePooling2D`.
    AdaptiveAveragePooling2D, 2, mean_over
}
