//! `AdaptiveAveragePooling1D`: the mean of each of so many parts.

use super::adaptive::adaptive_layer;

adaptive_layer! {
    /// The mean of each of so many parts of the input's extent along one axis. Shapes: `[batch, steps, channels]` gives the same
    /// with spatial extents as given. Keras's `AdaptiveAveragePooling1D`.
    AdaptiveAveragePooling1D, 1, mean_over
}
