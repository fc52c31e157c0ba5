//! `Conv2DTranspose`: a convolution run backward.

use super::transposed::transposed_layer;

transposed_layer! {
    /// Transposed convolution over two spatial axes, which makes images larger.
    ///
    /// Shapes: `[batch, height, width, inputs]` gives `[batch, new height, new width, filters]`; with the padding `"same"`
    /// new extents are old ones times the stride. Weights: `kernel` `[k, k, filters, inputs]`, `bias` `[filters]`. Keras's
    /// `Conv2DTranspose`.
    ///
    /// ```
    /// use saola_graph::{DType, Dim, placeholder};
    /// use saola_nn::layers::Conv2DTranspose;
    /// use saola_nn::{Scope, Weights};
    ///
    /// let x = placeholder("x", DType::F32, [Dim::Any, 7.into(), 7.into(), 8.into()]);
    /// let layer = Conv2DTranspose::new(4, 3).strides(2).padding("same");
    /// let y = Scope::new(&mut Weights::new()).call(&layer, &x);
    /// assert_eq!(y.spec().to_string(), "f32[?, 14, 14, 4]");
    /// ```
    Conv2DTranspose, 2
}
