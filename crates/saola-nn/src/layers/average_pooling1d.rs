//! `AveragePooling1D`: the mean of each window over one spatial axis.

use super::pooling::pooling_layer;

pooling_layer! {
    /// The mean of each window, over one spatial axis. Nothing beyond the border counts.
    ///
    /// Shapes: `[batch, steps, channels]` gives `[batch, new steps, channels]`. Keras's
    /// `AveragePooling1D`.
    AveragePooling1D, 1, AvgPool
}
