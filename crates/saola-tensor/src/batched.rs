//! Data that comes in batches.

use crate::{Result, Tensor};

/// Data of which a part at a time is looked at: one tensor is one batch, a list of tensors several, and a dataset as many
/// as it has.
///
/// ```
/// use saola_tensor::{Batched, Tensor};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let data = vec![Tensor::from([1.0f32, 2.0]), Tensor::from([3.0f32])];
/// let mut rows = 0;
/// data.each_batch(&mut |batch| {
///     rows += batch.n_rows()?;
///     Ok(())
/// })?;
/// assert_eq!(rows, 3);
/// # Ok(())
/// # }
/// ```
pub trait Batched {
    /// Shows every batch to `see`, in their order.
    ///
    /// # Errors
    /// The first one of reading a batch or of `see`.
    fn each_batch(&self, see: &mut dyn FnMut(&Tensor) -> Result<()>) -> Result<()>;
}

impl Batched for Tensor {
    fn each_batch(&self, see: &mut dyn FnMut(&Tensor) -> Result<()>) -> Result<()> {
        see(self)
    }
}

impl Batched for [Tensor] {
    fn each_batch(&self, see: &mut dyn FnMut(&Tensor) -> Result<()>) -> Result<()> {
        self.iter().try_for_each(see)
    }
}

impl Batched for Vec<Tensor> {
    fn each_batch(&self, see: &mut dyn FnMut(&Tensor) -> Result<()>) -> Result<()> {
        self.as_slice().each_batch(see)
    }
}

impl<B: Batched + ?Sized> Batched for &B {
    fn each_batch(&self, see: &mut dyn FnMut(&Tensor) -> Result<()>) -> Result<()> {
        (**self).each_batch(see)
    }
}
