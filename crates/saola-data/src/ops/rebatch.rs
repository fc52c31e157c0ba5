//! `rebatch`: batches of another size.

use crate::Dataset;

impl Dataset {
    /// The rows of the batches, in batches of `size`; the last may be smaller.
    pub fn rebatch(&self, size: usize) -> Dataset {
        self.unbatch().batch(size)
    }
}
