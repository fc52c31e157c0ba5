//! `MaxPooling3D`: the largest element of each window over three spatial axes.

use super::pooling::pooling_layer;

pooling_layer! {
    /// The largest element of each window, over three spatial axes.
    ///
    /// Shapes: `[batch, a, b, c, channels]` gives `[batch, new a, new b, new c, channels]`. Keras's
    /// `MaxPooling3D`.
    MaxPooling3D, 3, MaxPool
}

impl Default for MaxPooling3D {
    /// Windows of 2.
    fn default() -> MaxPooling3D {
        MaxPooling3D::new(2)
    }
}
