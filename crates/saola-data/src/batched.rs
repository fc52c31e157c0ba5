//! A dataset as data that comes in batches.

use saola_tensor::{Batched, Result, Tensor};

use crate::{Dataset, Element};

/// Each item is a batch; of a tuple, its first part, the features. An endless dataset has to be cut with
/// [`Dataset::take`].
impl Batched for Dataset {
    fn each_batch(&self, see: &mut dyn FnMut(&Tensor) -> Result<()>) -> Result<()> {
        for item in self.iter() {
            match &item? {
                Element::Tuple(parts) if !parts.is_empty() => see(parts[0].tensor()?)?,
                other => see(other.tensor()?)?,
            }
        }
        Ok(())
    }
}
