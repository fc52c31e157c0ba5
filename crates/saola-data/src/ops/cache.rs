//! `cache`: the items of the first whole pass, kept in memory.

use std::sync::{Arc, OnceLock};

use saola_tensor::{Error, Result};

use crate::source::{Item, Source, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// Keeps the items in memory once a pass has come to their end; later passes and epochs take them from
    /// there and do not touch what is before the cache. A pass that stops early keeps nothing.
    ///
    /// What is random before the cache is the same ever after: put it behind.
    pub fn cache(&self) -> Dataset {
        self.then(|input| Cache { input, store: Arc::new(OnceLock::new()) })
    }
}

/// A whole pass, and the arrays that its rows are of, under the numbers that they had in it.
struct Kept {
    items: Vec<Item>,
    sources: Vec<Arc<Source>>,
}

type Store = Arc<OnceLock<Arc<Kept>>>;

struct Cache {
    input: Arc<dyn Node>,
    store: Store,
}

impl Node for Cache {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        let state = match self.store.get() {
            Some(kept) => {
                let numbers = kept.sources.iter().map(|s| opening.sources.intern(s)).collect();
                State::Replay { kept: kept.clone(), numbers, next: 0 }
            }
            None => State::Record { input: opening.first(|o| self.input.open(o)), items: Vec::new() },
        };
        Box::new(CacheStage { store: self.store.clone(), state })
    }

    fn cardinality(&self) -> Cardinality {
        self.input.cardinality()
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(".cache()");
    }
}

enum State {
    Record {
        input: Box<dyn Stage>,
        items: Vec<Item>,
    },
    Replay {
        kept: Arc<Kept>,
        /// What the sources of the kept pass are called in this one.
        numbers: Vec<u32>,
        next: usize,
    },
}

struct CacheStage {
    store: Store,
    state: State,
}

impl Stage for CacheStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        match &mut self.state {
            State::Record { input, items } => {
                if let Some(item) = input.next(sources)? {
                    items.push(item.clone());
                    return Ok(Some(item));
                }
                let items = std::mem::take(items);
                let end = items.len();
                let kept = Arc::new(Kept { items, sources: sources.all().to_vec() });
                let numbers = (0..kept.sources.len() as u32).collect();
                // Another pass may have been faster; its items are as good for those to come.
                let _ = self.store.set(kept.clone());
                self.state = State::Replay { kept, numbers, next: end };
                Ok(None)
            }
            State::Replay { kept, numbers, next } => {
                let Some(item) = kept.items.get(*next) else { return Ok(None) };
                *next += 1;
                renumber(item, numbers).map(Some)
            }
        }
    }

    fn restart(&mut self, epoch: u64) {
        match &mut self.state {
            State::Record { input, items } => {
                items.clear();
                input.restart(epoch);
            }
            State::Replay { next, .. } => *next = 0,
        }
    }
}

fn renumber(item: &Item, numbers: &[u32]) -> Result<Item> {
    Ok(match item {
        Item::Value(element) => Item::Value(element.clone()),
        Item::Row { source, row } => {
            let source = numbers.get(*source as usize).copied();
            let source = source.ok_or_else(|| Error::internal("a cached row of an unknown source"))?;
            Item::Row { source, row: *row }
        }
    })
}
