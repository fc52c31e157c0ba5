//! `AveragePooling3D`: the mean of each window over three spatial axes.

use super::pooling::pooling_layer;

pooling_layer! {
    /// The mean of each window, over three spatial axes. Nothing beyond the border counts.
    ///
    /// Shapes: `[batch, a, b, c, channels]` gives `[batch, new a, new b, new c, channels]`. Keras's
    /// `AveragePooling3D`.
    AveragePooling3D, 3, AvgPool
}
