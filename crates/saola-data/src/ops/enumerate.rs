//! `enumerate`: items with their number.

use saola_tensor::{Result, Tensor};

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Dataset, Element};

impl Dataset {
    /// Pairs of a number, `start`, `start + 1` and so on as `i64`, and the item.
    pub fn enumerate(&self, start: i64) -> Dataset {
        let text = format!(".enumerate({start})");
        self.step(text, |count| count, move |input| Enumerate { input, start, next: start })
    }
}

struct Enumerate {
    input: Box<dyn Stage>,
    start: i64,
    next: i64,
}

impl Stage for Enumerate {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        let Some(item) = self.input.next(sources)? else { return Ok(None) };
        let number = Element::from(Tensor::scalar(self.next));
        self.next = self.next.wrapping_add(1);
        Ok(Some(Item::value(Element::Tuple(vec![number, sources.element(item)?]))))
    }

    fn skip(&mut self, sources: &Sources, n: usize) -> Result<()> {
        self.next = self.next.wrapping_add(n as i64);
        self.input.skip(sources, n)
    }

    fn restart(&mut self, epoch: u64) {
        self.next = self.start;
        self.input.restart(epoch);
    }
}
