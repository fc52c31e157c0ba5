//! `map`: a function over every item.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// What `f` makes of each item. An error that it returns ends the pass, with the number of the item.
    ///
    /// A `batch` before the `map` calls it once per batch instead of once per row, which is much faster where
    /// `f` can work on many rows.
    pub fn map<F, E>(&self, f: F) -> Dataset
    where
        F: Fn(Element) -> Result<E> + Send + Sync + 'static,
        E: Into<Element>,
    {
        self.then(|input| Map { input, f: Arc::new(move |element| f(element).map(Into::into)) })
    }
}

type Function = Arc<dyn Fn(Element) -> Result<Element> + Send + Sync>;

struct Map {
    input: Arc<dyn Node>,
    f: Function,
}

impl Node for Map {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(MapStage { input: self.input.open(opening), f: self.f.clone(), count: 0 })
    }

    fn cardinality(&self) -> Cardinality {
        self.input.cardinality()
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(".map(..)");
    }
}

struct MapStage {
    input: Box<dyn Stage>,
    f: Function,
    count: u64,
}

impl Stage for MapStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        let Some(item) = self.input.next(sources)? else { return Ok(None) };
        let count = self.count;
        self.count += 1;
        let mapped = (self.f)(sources.element(item)?);
        Ok(Some(Item::value(mapped.map_err(|e| e.context(format!("mapping item {count}")))?)))
    }

    fn restart(&mut self, epoch: u64) {
        self.count = 0;
        self.input.restart(epoch);
    }
}
