//! `AdaptiveMaxPooling3D`: the largest element of each of so many parts.

use super::adaptive::adaptive_layer;

adaptive_layer! {
    /// The largest element of each of so many parts of the input's extent along three axes. Shapes: `[batch, x, y, z, channels]` gives the same
    /// with spatial extents as given. Keras's `AdaptiveMaxPooling3D`.
    AdaptiveMaxPooling3D, 3, max_over
}
