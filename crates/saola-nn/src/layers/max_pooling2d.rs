//! `MaxPooling2D`: the largest element of each window over two spatial axes.

use super::pooling::pooling_layer;

pooling_layer! {
    /// The largest element of each window, over two spatial axes.
    ///
    /// Shapes: `[batch, height, width, channels]` gives `[batch, new height, new width, channels]`. Keras's
    /// `MaxPooling2D`.
    ///
    /// ```
    /// use saola_graph::{DType, Dim, placeholder};
    /// use saola_nn::layers::MaxPooling2D;
    /// use saola_nn::{Scope, Weights};
    ///
    /// let x = placeholder("x", DType::F32, [Dim::Any, 26.into(), 26.into(), 32.into()]);
    /// let y = Scope::new(&mut Weights::new()).call(&MaxPooling2D::new(2), &x);
    /// assert_eq!(y.spec().to_string(), "f32[?, 13, 13, 32]");
    /// ```
    MaxPooling2D, 2, MaxPool
}

impl Default for MaxPooling2D {
    /// Windows of 2.
    fn default() -> MaxPooling2D {
        MaxPooling2D::new(2)
    }
}
