//! `rebatch`: batches of another size.

use saola_tensor::{Error, Result, Tensor};

use crate::source::{Item, Source, Sources};
use crate::stage::Stage;
use crate::{Cardinality, Dataset, Element};

impl Dataset {
    /// The rows of the batches, in batches of `size`; the last may be smaller. Rows are not taken apart: what lies within
    /// one batch is a view of it.
    pub fn rebatch(&self, size: usize) -> Dataset {
        let count = |count: Cardinality| match count {
            Cardinality::Known(0) | Cardinality::Infinite => count,
            _ => Cardinality::Unknown,
        };
        let text = format!(".rebatch({size})");
        let dataset = self.step(&text, count, move |input| Rebatch { input, size, at_hand: None });
        match size {
            0 => dataset.fail(Error::value("a batch of 0 items").help("give at least 1 to `rebatch`")),
            _ => dataset,
        }
    }
}

struct Rebatch {
    input: Box<dyn Stage>,
    size: usize,
    /// The batch at hand, and its next row.
    at_hand: Option<(Source, usize)>,
}

impl Stage for Rebatch {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        let (mut parts, mut missing) = (Vec::new(), self.size);
        while missing > 0 {
            if let Some((batch, next)) = &mut self.at_hand
                && *next < batch.rows()
            {
                let end = batch.rows().min(*next + missing);
                parts.push(batch.range(*next..end)?);
                missing -= end - *next;
                *next = end;
                continue;
            }
            let Some(item) = self.input.next(sources)? else { break };
            let batch = sources.element(item).and_then(Source::new);
            self.at_hand = Some((batch.map_err(|e| e.context("taking a batch apart"))?, 0));
        }
        match &parts[..] {
            [] => Ok(None),
            [_] => Ok(parts.pop().map(Item::value)),
            several => joined(several).map(|e| Some(Item::value(e))),
        }
    }

    fn restart(&mut self, epoch: u64) {
        self.at_hand = None;
        self.input.restart(epoch);
    }
}

/// The rows of several batches, one below the other.
fn joined(parts: &[Element]) -> Result<Element> {
    let names = parts[0].leaf_names();
    if let Some(other) = parts.iter().find(|part| part.leaf_names() != names) {
        return Err(Error::value("batches have different parts")
            .note("one", names.join(", "))
            .note("another", other.leaf_names().join(", "))
            .help("give the same parts in every batch"));
    }
    let leaves: Vec<Vec<&Tensor>> = parts.iter().map(Element::leaves).collect();
    let mut place = 0;
    parts[0].map_leaves(|_| {
        let same: Vec<Tensor> = leaves.iter().map(|part| part[place].clone()).collect();
        place += 1;
        Tensor::concat(&same)
    })
}
