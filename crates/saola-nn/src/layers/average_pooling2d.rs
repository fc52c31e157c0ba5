//! `AveragePooling2D`: the mean of each window over two spatial axes.

use super::pooling::pooling_layer;

pooling_layer! {
    /// The mean of each window, over two spatial axes. Nothing beyond the border counts.
    ///
    /// Shapes: `[batch, height, width, channels]` gives `[batch, new height, new width, channels]`. Keras's
    /// `AveragePooling2D`.
    AveragePooling2D, 2, AvgPool
}
