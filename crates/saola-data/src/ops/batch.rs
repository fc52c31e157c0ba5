//! `batch`: consecutive items as one with a new first axis.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stack::stack;
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// `size` consecutive items as one whose tensors have a new first axis; the last batch may be smaller.
    ///
    /// Rows of the same arrays are gathered in one pass; where they are consecutive the batch is a view. Items
    /// of any other origin must agree in structure, dtypes and shapes. A size of 0 is a fault that
    /// [`Dataset::check`] reports.
    pub fn batch(&self, size: usize) -> Dataset {
        self.batched(size, false)
    }

    /// As [`Dataset::batch`] without a last batch that is smaller than the others.
    pub fn batch_drop_remainder(&self, size: usize) -> Dataset {
        self.batched(size, true)
    }

    fn batched(&self, size: usize, drop_remainder: bool) -> Dataset {
        self.then_sized(size, "the size of a batch", |input| Batch { input, size, drop_remainder })
    }
}

struct Batch {
    input: Arc<dyn Node>,
    size: usize,
    drop_remainder: bool,
}

impl Node for Batch {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(BatchStage {
            input: self.input.open(opening),
            size: self.size,
            drop_remainder: self.drop_remainder,
            items: Vec::new(),
            rows: Vec::new(),
        })
    }

    fn cardinality(&self) -> Cardinality {
        let size = self.size as u64;
        self.input.cardinality().change(|n| if self.drop_remainder { n / size } else { n.div_ceil(size) })
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        let name = if self.drop_remainder { "batch_drop_remainder" } else { "batch" };
        out.push_str(&format!(".{name}({})", self.size));
    }
}

struct BatchStage {
    input: Box<dyn Stage>,
    size: usize,
    drop_remainder: bool,
    /// The items of the batch at hand, and which rows they are; kept for their memory.
    items: Vec<Item>,
    rows: Vec<usize>,
}

impl BatchStage {
    /// The items at hand as one element.
    fn assemble(&mut self, sources: &Sources) -> Result<Element> {
        self.rows.clear();
        if let Some(&Item::Row { source, .. }) = self.items.first() {
            self.rows.extend(self.items.iter().map_while(|item| match item {
                Item::Row { source: other, row } if *other == source => Some(*row),
                _ => None,
            }));
            if self.rows.len() == self.items.len() {
                self.items.clear();
                return sources.get(source)?.gather(&self.rows);
            }
        }
        let elements: Vec<Element> =
            self.items.drain(..).map(|item| sources.element(item)).collect::<Result<_>>()?;
        stack(&elements)
    }
}

impl Stage for BatchStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        self.items.clear();
        self.input.fill(sources, self.size, &mut self.items)?;
        if self.items.is_empty() || (self.drop_remainder && self.items.len() < self.size) {
            return Ok(None);
        }
        Ok(Some(Item::value(self.assemble(sources)?)))
    }

    fn skip(&mut self, sources: &Sources, n: usize) -> Result<()> {
        self.input.skip(sources, n.saturating_mul(self.size))
    }

    fn restart(&mut self, epoch: u64) {
        self.input.restart(epoch);
    }
}
