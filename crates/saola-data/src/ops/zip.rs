//! `zip`: two datasets side by side.

use std::sync::Arc;

use saola_tensor::Result;

use crate::from::slices_of;
use crate::source::{Item, Source, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// Pairs of one item of each; ends with the shorter of the two. Also to be written
    /// `Dataset::zip(&features, &labels)`.
    pub fn zip(&self, other: &Dataset) -> Dataset {
        let fault = self.fault.clone().or_else(|| other.fault.clone());
        let shuffles = self.shuffles.max(other.shuffles);
        let node = match joined(self, other) {
            Some(source) => slices_of(source).node,
            None => Arc::new(Zip { first: self.node.clone(), second: other.node.clone() }),
        };
        Dataset { node, fault, shuffles }
    }
}

/// The arrays of both, where both are plain rows: so that the pairs stay lazy.
fn joined(a: &Dataset, b: &Dataset) -> Option<Source> {
    let (a, b) = (a.node.as_slices()?, b.node.as_slices()?);
    let rows = a.rows().min(b.rows());
    let cut = |source: &Source| {
        if source.rows() == rows { Ok(source.whole().clone()) } else { source.range(0..rows) }
    };
    Source::new(Element::Tuple(vec![cut(a).ok()?, cut(b).ok()?])).ok()
}

struct Zip {
    first: Arc<dyn Node>,
    second: Arc<dyn Node>,
}

impl Node for Zip {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(ZipStage {
            first: self.first.open(opening),
            second: self.second.open(opening),
            ended: false,
        })
    }

    fn cardinality(&self) -> Cardinality {
        match (self.first.cardinality(), self.second.cardinality()) {
            (Cardinality::Unknown, _) | (_, Cardinality::Unknown) => Cardinality::Unknown,
            (Cardinality::Infinite, other) | (other, Cardinality::Infinite) => other,
            (Cardinality::Known(a), Cardinality::Known(b)) => Cardinality::Known(a.min(b)),
        }
    }

    fn describe(&self, out: &mut String) {
        out.push_str("zip(");
        self.first.describe(out);
        out.push_str(", ");
        self.second.describe(out);
        out.push(')');
    }
}

struct ZipStage {
    first: Box<dyn Stage>,
    second: Box<dyn Stage>,
    ended: bool,
}

impl Stage for ZipStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if self.ended {
            return Ok(None);
        }
        if let Some(a) = self.first.next(sources)?
            && let Some(b) = self.second.next(sources)?
        {
            let pair = vec![sources.element(a)?, sources.element(b)?];
            return Ok(Some(Item::value(Element::Tuple(pair))));
        }
        self.ended = true;
        Ok(None)
    }

    fn restart(&mut self, epoch: u64) {
        self.ended = false;
        self.first.restart(epoch);
        self.second.restart(epoch);
    }
}
