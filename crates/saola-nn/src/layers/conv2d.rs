//! `Conv2D`: convolution over two spatial axes.

use super::convolution::conv_layer;

conv_layer! {
    /// Convolution over two spatial axes: images.
    ///
    /// Shapes: `[batch, height, width, inputs]` gives `[batch, new height, new width, filters]`. Weights: `kernel`
    /// `[k, k, inputs / groups, filters]`, `bias` `[filters]`. Keras's `Conv2D`.
    ///
    /// ```
    /// use saola_graph::{DType, Dim, placeholder};
    /// use saola_nn::activations::Relu;
    /// use saola_nn::layers::Conv2D;
    /// use saola_nn::{Scope, Weights};
    ///
    /// let x = placeholder("x", DType::F32, [Dim::Any, 28.into(), 28.into(), 1.into()]);
    /// let layer = Conv2D::new(32, 3).padding("same").activation(Relu);
    /// let y = Scope::new(&mut Weights::new()).call(&layer, &x);
    /// assert_eq!(y.spec().to_string(), "f32[?, 28, 28, 32]");
    /// ```
    Conv2D, 2
}
