//! `skip`: all but the first items.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The items behind the first `count`.
    pub fn skip(&self, count: usize) -> Dataset {
        self.then(|input| Skip { input, count })
    }
}

struct Skip {
    input: Arc<dyn Node>,
    count: usize,
}

impl Node for Skip {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(SkipStage { input: self.input.open(opening), count: self.count, skipped: false })
    }

    fn cardinality(&self) -> Cardinality {
        self.input.cardinality().change(|n| n.saturating_sub(self.count as u64))
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(&format!(".skip({})", self.count));
    }
}

struct SkipStage {
    input: Box<dyn Stage>,
    count: usize,
    skipped: bool,
}

impl SkipStage {
    fn pass_over(&mut self, sources: &Sources) -> Result<()> {
        if !self.skipped {
            self.skipped = true;
            self.input.skip(sources, self.count)?;
        }
        Ok(())
    }
}

impl Stage for SkipStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        self.pass_over(sources)?;
        self.input.next(sources)
    }

    fn fill(&mut self, sources: &Sources, n: usize, out: &mut Vec<Item>) -> Result<()> {
        self.pass_over(sources)?;
        self.input.fill(sources, n, out)
    }

    fn skip(&mut self, sources: &Sources, n: usize) -> Result<()> {
        self.pass_over(sources)?;
        self.input.skip(sources, n)
    }

    fn restart(&mut self, epoch: u64) {
        self.skipped = false;
        self.input.restart(epoch);
    }
}
