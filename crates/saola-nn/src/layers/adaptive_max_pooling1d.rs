//! `AdaptiveMaxPooling1D`: the largest element of each of so many parts.

use super::adaptive::adaptive_layer;

adaptive_layer! {
    /// The largest element of each of so many parts of the input's extent along one axis. Shapes: `[batch, steps, channels]` gives the same
    /// with spatial extents as given. Keras's `AdaptiveMaxPooling1D`.
    AdaptiveMaxPooling1D, 1, max_over
}
