//! `MaxPooling1D`: the largest element of each window over one spatial axis.

use super::pooling::pooling_layer;

pooling_layer! {
    /// The largest element of each window, over one spatial axis.
    ///
    /// Shapes: `[batch, steps, channels]` gives `[batch, new steps, channels]`. Keras's
    /// `MaxPooling1D`.
    MaxPooling1D, 1, MaxPool
}

impl Default for MaxPooling1D {
    /// Windows of 2.
    fn default() -> MaxPooling1D {
        MaxPooling1D::new(2)
    }
}
