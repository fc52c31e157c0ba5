//! `filter`: the items that satisfy a condition.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// The items for which `keep` returns `true`. An error that it returns ends the pass, with the number of
    /// the item.
    pub fn filter<F>(&self, keep: F) -> Dataset
    where
        F: Fn(&Element) -> Result<bool> + Send + Sync + 'static,
    {
        self.then(|input| Filter { input, keep: Arc::new(keep) })
    }
}

type Condition = Arc<dyn Fn(&Element) -> Result<bool> + Send + Sync>;

struct Filter {
    input: Arc<dyn Node>,
    keep: Condition,
}

impl Node for Filter {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(FilterStage { input: self.input.open(opening), keep: self.keep.clone(), count: 0 })
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Unknown
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(".filter(..)");
    }
}

struct FilterStage {
    input: Box<dyn Stage>,
    keep: Condition,
    count: u64,
}

impl Stage for FilterStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        while let Some(item) = self.input.next(sources)? {
            let count = self.count;
            self.count += 1;
            let keep = (self.keep)(&sources.peek(&item)?);
            if keep.map_err(|e| e.context(format!("filtering item {count}")))? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    fn restart(&mut self, epoch: u64) {
        self.count = 0;
        self.input.restart(epoch);
    }
}
