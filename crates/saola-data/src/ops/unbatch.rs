//! `unbatch`: rows of batches as items.

use saola_tensor::Result;

use crate::source::{Item, Source, Sources};
use crate::stage::Stage;
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The rows of each item, one by one: the opposite of [`Dataset::batch`]. All tensors of an item have the same
    /// first extent.
    pub fn unbatch(&self) -> Dataset {
        let count = |count: Cardinality| match count {
            Cardinality::Known(0) | Cardinality::Infinite => count,
            _ => Cardinality::Unknown,
        };
        self.step(".unbatch()", count, |input| Unbatch { input, at_hand: None })
    }
}

struct Unbatch {
    input: Box<dyn Stage>,
    /// The batch at hand, and its next row.
    at_hand: Option<(Source, usize)>,
}

impl Stage for Unbatch {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        loop {
            if let Some((batch, next)) = &mut self.at_hand
                && *next < batch.rows()
            {
                *next += 1;
                return Ok(Some(Item::value(batch.row(*next - 1)?)));
            }
            let Some(item) = self.input.next(sources)? else { return Ok(None) };
            let batch = sources.element(item).and_then(Source::new);
            self.at_hand = Some((batch.map_err(|e| e.context("taking a batch apart"))?, 0));
        }
    }

    fn restart(&mut self, epoch: u64) {
        self.at_hand = None;
        self.input.restart(epoch);
    }
}
