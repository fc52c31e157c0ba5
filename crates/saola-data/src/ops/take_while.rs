//! `take_while`: the items before the first that does not fit.

use std::sync::Arc;

use saola_tensor::Result;

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// The items before the first for which `keep` says no.
    pub fn take_while<F>(&self, keep: F) -> Dataset
    where
        F: Fn(&Element) -> Result<bool> + Send + Sync + 'static,
    {
        let keep: Keep = Arc::new(keep);
        let count = |count| if count == Cardinality::Known(0) { count } else { Cardinality::Unknown };
        self.step(".take_while(..)", count, move |input| TakeWhile {
            input,
            keep: keep.clone(),
            ended: false,
        })
    }
}

type Keep = Arc<dyn Fn(&Element) -> Result<bool> + Send + Sync>;

struct TakeWhile {
    input: Box<dyn Stage>,
    keep: Keep,
    ended: bool,
}

impl Stage for TakeWhile {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if self.ended {
            return Ok(None);
        }
        if let Some(item) = self.input.next(sources)?
            && (self.keep)(&sources.peek(&item)?)?
        {
            return Ok(Some(item));
        }
        self.ended = true;
        Ok(None)
    }

    fn restart(&mut self, epoch: u64) {
        self.ended = false;
        self.input.restart(epoch);
    }
}
