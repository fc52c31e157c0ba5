//! One feature of a dataset, as layers learn from it.

use saola_data::{Dataset, Element};
use saola_tensor::{Batched, Result, Tensor};

/// How many single examples are one batch.
const BATCH: usize = 32;

/// The feature `name` of each item, `[batch, 1]` where an item has one value for each example.
pub(super) struct Column<'a> {
    dataset: &'a Dataset,
    name: &'a str,
}

impl<'a> Column<'a> {
    pub(super) fn new(dataset: &'a Dataset, name: &'a str) -> Column<'a> {
        Column { dataset, name }
    }

    fn of(&self, item: &Element) -> Result<Tensor> {
        let features = match item {
            Element::Tuple(parts) if !parts.is_empty() => &parts[0],
            other => other,
        };
        Ok(features.get(self.name)?.tensor()?.clone())
    }
}

impl Batched for Column<'_> {
    fn each_batch(&self, see: &mut dyn FnMut(&Tensor) -> Result<()>) -> Result<()> {
        let mut single = Vec::new();
        for item in self.dataset.iter() {
            let values = self.of(&item?)?;
            match values.rank() {
                0 => {
                    single.push(values.reshape(vec![1, 1])?);
                    if single.len() == BATCH {
                        see(&Tensor::concat(&std::mem::take(&mut single))?)?;
                    }
                }
                1 => see(&values.reshape(vec![values.len(), 1])?)?,
                _ => see(&values)?,
            }
        }
        if single.is_empty() { Ok(()) } else { see(&Tensor::concat(&single)?) }
    }
}
