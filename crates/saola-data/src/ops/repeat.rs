//! `repeat`: the items several times.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage, nested_epoch};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The items `count` times over, epoch after epoch. Shuffles before it draw a new order for each epoch.
    ///
    /// A `batch` behind it fills a batch from two epochs where one ends inside it; put the `batch` first to
    /// keep epochs apart. A count of 0 gives an empty dataset.
    pub fn repeat(&self, count: usize) -> Dataset {
        self.then(|input| Repeat { input, count: Some(count as u64) })
    }

    /// The items over and over, without end (of an empty dataset: none).
    pub fn repeat_forever(&self) -> Dataset {
        self.then(|input| Repeat { input, count: None })
    }
}

struct Repeat {
    input: Arc<dyn Node>,
    /// Without it: for ever.
    count: Option<u64>,
}

impl Node for Repeat {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(RepeatStage {
            input: self.input.open(opening),
            count: self.count,
            epoch: 0,
            outer: 0,
            begun: false,
            ended: self.count == Some(0),
        })
    }

    fn cardinality(&self) -> Cardinality {
        match (self.count, self.input.cardinality()) {
            (Some(0), _) => Cardinality::Known(0),
            (Some(count), known) => known.change(|n| n.saturating_mul(count)),
            (None, Cardinality::Known(0)) => Cardinality::Known(0),
            (None, _) => Cardinality::Infinite,
        }
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        match self.count {
            Some(count) => out.push_str(&format!(".repeat({count})")),
            None => out.push_str(".repeat_forever()"),
        }
    }
}

struct RepeatStage {
    input: Box<dyn Stage>,
    count: Option<u64>,
    /// The running epoch, counted from 0.
    epoch: u64,
    /// The epoch of a repetition around this one.
    outer: u64,
    /// Whether the running epoch has given anything.
    begun: bool,
    ended: bool,
}

impl RepeatStage {
    /// Begins the next epoch, or ends.
    fn advance(&mut self) {
        // An epoch without items would be followed by more of them for ever.
        self.ended = !self.begun || self.count.is_some_and(|count| self.epoch + 1 >= count);
        if !self.ended {
            self.epoch += 1;
            self.begun = false;
            self.input.restart(nested_epoch(self.outer, self.epoch));
        }
    }
}

impl Stage for RepeatStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        while !self.ended {
            if let Some(item) = self.input.next(sources)? {
                self.begun = true;
                return Ok(Some(item));
            }
            self.advance();
        }
        Ok(None)
    }

    fn fill(&mut self, sources: &Sources, n: usize, out: &mut Vec<Item>) -> Result<()> {
        let end = out.len().saturating_add(n);
        while !self.ended && out.len() < end {
            let before = out.len();
            self.input.fill(sources, end - before, out)?;
            self.begun |= out.len() > before;
            if out.len() < end {
                self.advance();
            }
        }
        Ok(())
    }

    fn restart(&mut self, epoch: u64) {
        self.outer = epoch;
        self.epoch = 0;
        self.begun = false;
        self.ended = self.count == Some(0);
        self.input.restart(nested_epoch(epoch, 0));
    }
}
