//! `interleave` and `flat_map`: datasets made of items, one after the other or in turn.

use std::sync::Arc;

use saola_tensor::{Error, Result};

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Cardinality, Dataset, DatasetIter, Element};

impl Dataset {
    /// The items of the dataset that `f` makes of each item, one dataset after the other.
    ///
    /// ```
    /// use saola_data::Dataset;
    ///
    /// # fn main() -> saola_tensor::Result<()> {
    /// let counts = Dataset::range(1, 4, 1).flat_map(|n| Ok(Dataset::range(0, n.tensor()?.item()?, 1)));
    /// let all: Vec<i64> = counts.iter().map(|e| e?.tensor()?.item()).collect::<Result<_, _>>()?;
    /// assert_eq!(all, [0, 0, 1, 0, 1, 2]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn flat_map<F>(&self, f: F) -> Dataset
    where
        F: Fn(Element) -> Result<Dataset> + Send + Sync + 'static,
    {
        self.interleaved(".flat_map(..)".into(), Arc::new(f), 1, 1)
    }

    /// The items of the datasets that `f` makes of the items, `cycle` of them open at a time and `block` consecutive
    /// items of each in turn. One that ends makes room for the next.
    pub fn interleave<F>(&self, cycle: usize, block: usize, f: F) -> Dataset
    where
        F: Fn(Element) -> Result<Dataset> + Send + Sync + 'static,
    {
        self.interleaved(format!(".interleave({cycle}, {block}, ..)"), Arc::new(f), cycle, block)
    }

    /// As [`Dataset::interleave`], each of the open datasets on a thread of its own. Order and values are the same.
    pub fn interleave_parallel<F>(&self, cycle: usize, block: usize, f: F) -> Dataset
    where
        F: Fn(Element) -> Result<Dataset> + Send + Sync + 'static,
    {
        let ahead = block.max(1).saturating_mul(2);
        let f = move |element| f(element).map(|d| d.prefetch(ahead));
        self.interleaved(format!(".interleave_parallel({cycle}, {block}, ..)"), Arc::new(f), cycle, block)
    }

    fn interleaved(&self, text: String, f: Make, cycle: usize, block: usize) -> Dataset {
        if cycle == 0 || block == 0 {
            return self.fail(
                Error::value("an interleaving of no datasets, or of no items of each")
                    .note("dataset", self.describe())
                    .help("give a cycle and a block of at least 1"),
            );
        }
        let count = |count| if count == Cardinality::Known(0) { count } else { Cardinality::Unknown };
        self.step(text, count, move |input| {
            let open = (0..cycle.min(1 << 16)).map(|_| None).collect();
            Interleave { input, f: f.clone(), open, slot: 0, taken: 0, block, ended: false, epoch: 0 }
        })
    }
}

type Make = Arc<dyn Fn(Element) -> Result<Dataset> + Send + Sync>;

struct Interleave {
    input: Box<dyn Stage>,
    f: Make,
    /// The open datasets.
    open: Vec<Option<DatasetIter>>,
    /// Whose turn it is, and how many items of its block were taken.
    slot: usize,
    taken: usize,
    block: usize,
    /// Whether the input has ended.
    ended: bool,
    epoch: u64,
}

impl Interleave {
    fn advance(&mut self) {
        self.slot = (self.slot + 1) % self.open.len();
        self.taken = 0;
    }
}

impl Stage for Interleave {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        while !self.ended || self.open.iter().any(Option::is_some) {
            if let Some(items) = &mut self.open[self.slot] {
                if let Some(element) = items.next().transpose()? {
                    self.taken += 1;
                    if self.taken == self.block {
                        self.advance();
                    }
                    return Ok(Some(Item::value(element)));
                }
                self.open[self.slot] = None;
                self.advance();
            } else if self.ended {
                self.advance();
            } else {
                match self.input.next(sources)? {
                    Some(item) => {
                        let dataset = (self.f)(sources.element(item)?)?;
                        self.open[self.slot] = Some(dataset.iter_pass(self.epoch));
                    }
                    None => self.ended = true,
                }
            }
        }
        Ok(None)
    }

    fn restart(&mut self, epoch: u64) {
        self.open.iter_mut().for_each(|o| *o = None);
        (self.slot, self.taken, self.ended, self.epoch) = (0, 0, false, epoch);
        self.input.restart(epoch);
    }
}
