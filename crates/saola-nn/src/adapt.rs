//! Layers that learn from data before any training.

use saola_tensor::{Batched, Result};

use crate::Layer;

/// A layer that learns what it does from data, without gradients: a mean and a variance, boundaries of bins, a
/// vocabulary. What was learned is part of the layer that comes out, and is saved with a model that it stands in. Keras's
/// `adapt`.
///
/// ```
/// use saola_nn::layers::Normalization;
/// use saola_nn::{Adapt, Eager};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let ages = Tensor::from([[20.0f32], [30.0], [40.0]]);
/// let normalize = Normalization::new().adapt(&ages)?;
/// let scaled = Eager::new(normalize).run(&Tensor::from([[30.0f32]]))?;
/// assert_eq!(scaled.to_vec::<f32>()?, [0.0]);
/// # Ok(())
/// # }
/// ```
pub trait Adapt: Layer + Sized {
    /// The same layer with what it learned from `data`: a tensor, several, or a dataset of batches. What it learned before
    /// is forgotten.
    ///
    /// # Errors
    /// Data that the layer cannot learn from, none at all, or a layer that was told already what it could learn.
    fn adapt(&self, data: &(impl Batched + ?Sized)) -> Result<Self>;
}
