//! `concatenate`: one dataset behind another.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The items of this dataset and then those of `other`.
    pub fn concatenate(&self, other: &Dataset) -> Dataset {
        let fault = self.fault.clone().or_else(|| other.fault.clone());
        let node = Concatenate { first: self.node.clone(), second: other.node.clone() };
        Dataset { node: Arc::new(node), fault, shuffles: self.shuffles + other.shuffles }
    }
}

struct Concatenate {
    first: Arc<dyn Node>,
    second: Arc<dyn Node>,
}

impl Node for Concatenate {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        let (first, second) = (self.first.open(opening), self.second.open(opening));
        Box::new(ConcatenateStage { first, second, first_ended: false })
    }

    fn cardinality(&self) -> Cardinality {
        match (self.first.cardinality(), self.second.cardinality()) {
            (Cardinality::Infinite, _) | (_, Cardinality::Infinite) => Cardinality::Infinite,
            (Cardinality::Unknown, _) | (_, Cardinality::Unknown) => Cardinality::Unknown,
            (Cardinality::Known(a), Cardinality::Known(b)) => Cardinality::Known(a.saturating_add(b)),
        }
    }

    fn describe(&self, out: &mut String) {
        self.first.describe(out);
        out.push_str(".concatenate(");
        self.second.describe(out);
        out.push(')');
    }
}

struct ConcatenateStage {
    first: Box<dyn Stage>,
    second: Box<dyn Stage>,
    first_ended: bool,
}

impl Stage for ConcatenateStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if !self.first_ended {
            if let Some(item) = self.first.next(sources)? {
                return Ok(Some(item));
            }
            self.first_ended = true;
        }
        self.second.next(sources)
    }

    fn restart(&mut self, epoch: u64) {
        self.first_ended = false;
        self.first.restart(epoch);
        self.second.restart(epoch);
    }
}
