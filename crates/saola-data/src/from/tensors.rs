//! `Dataset::from_tensors`.

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// One item: `element` as it is.
    pub fn from_tensors(element: impl Into<Element>) -> Dataset {
        Dataset::start(Tensors(element.into()))
    }
}

struct Tensors(Element);

impl Node for Tensors {
    fn open(&self, _opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(TensorsStage { element: self.0.clone(), given: false })
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Known(1)
    }

    fn describe(&self, out: &mut String) {
        out.push_str("from_tensors(..)");
    }
}

struct TensorsStage {
    element: Element,
    given: bool,
}

impl Stage for TensorsStage {
    fn next(&mut self, _sources: &Sources) -> Result<Option<Item>> {
        if std::mem::replace(&mut self.given, true) {
            return Ok(None);
        }
        Ok(Some(Item::value(self.element.clone())))
    }

    fn restart(&mut self, _epoch: u64) {
        self.given = false;
    }
}
