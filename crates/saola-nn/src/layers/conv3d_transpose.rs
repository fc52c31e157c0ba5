//! `Conv3DTranspose`: a convolution over three axes, run backward.

use super::transposed::transposed_layer;

transposed_layer! {
    /// Transposed convolution over three spatial axes, which makes volumes larger.
    ///
    /// Shapes: `[batch, x, y, z, inputs]` gives `[batch, new x, new y, new z, filters]`; with the padding `"same"` new
    /// extents are old ones times the stride. Weights: `kernel` `[k, k, k, filters, inputs]`, `bias` `[filters]`. Keras's
    /// `Conv3DTranspose`.
    Conv3DTranspose, 3
}
