//! `AdaptiveAveragePooling3D`: the mean of each of so many parts.

use super::adaptive::adaptive_layer;

adaptive_layer! {
    /// The mean of each of so many parts of the input's extent along three axes. Shapes: `[batch, x, y, z, channels]` gives the same
    /// with spatial extents as given. Keras's `AdaptiveAveragePooling3D`.
    AdaptiveAveragePooling3D, 3, mean_over
}
