//! `take`: the first items.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The first `count` items, or all where there are fewer.
    pub fn take(&self, count: usize) -> Dataset {
        self.then(|input| Take { input, count })
    }
}

struct Take {
    input: Arc<dyn Node>,
    count: usize,
}

impl Node for Take {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(TakeStage { input: self.input.open(opening), count: self.count, left: self.count })
    }

    fn cardinality(&self) -> Cardinality {
        let count = self.count as u64;
        match self.input.cardinality() {
            Cardinality::Infinite => Cardinality::Known(count),
            other => other.change(|n| n.min(count)),
        }
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(&format!(".take({})", self.count));
    }
}

struct TakeStage {
    input: Box<dyn Stage>,
    count: usize,
    left: usize,
}

impl Stage for TakeStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        self.input.next(sources)
    }

    fn fill(&mut self, sources: &Sources, n: usize, out: &mut Vec<Item>) -> Result<()> {
        let n = n.min(self.left);
        self.left -= n;
        self.input.fill(sources, n, out)
    }

    fn skip(&mut self, sources: &Sources, n: usize) -> Result<()> {
        let n = n.min(self.left);
        self.left -= n;
        self.input.skip(sources, n)
    }

    fn restart(&mut self, epoch: u64) {
        self.left = self.count;
        self.input.restart(epoch);
    }
}
