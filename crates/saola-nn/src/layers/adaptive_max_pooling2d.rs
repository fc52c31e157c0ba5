//! `AdaptiveMaxPooling2D`: the largest element of each of so many parts.

use super::adaptive::adaptive_layer;

adaptive_layer! {
    /// The largest element of each of so many parts of the input's extent along two axes. Shapes: `[batch, height, width, channels]` gives the same
    /// with spatial extents as given. Keras's `AdaptiveMaxPooling2D`.
    AdaptiveMaxPooling2D, 2, max_over
}
