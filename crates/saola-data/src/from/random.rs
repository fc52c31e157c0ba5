//! `random`: random numbers without an end.

use saola_tensor::{Rng, Tensor, mix};

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// Random whole numbers from 0 to below 2³², `i64` scalars, without an end: the same ones for the same `seed` in every
    /// pass. TensorFlow's `Dataset.random`, with other numbers.
    pub fn random(seed: u64) -> Dataset {
        Dataset::start(Numbers { seed })
    }
}

struct Numbers {
    seed: u64,
}

struct Drawing {
    seed: u64,
    rng: Rng,
}

impl Node for Numbers {
    fn open(&self, _opening: &mut Opening) -> Box<dyn Stage> {
        Box::new(Drawing { seed: self.seed, rng: Rng::new(self.seed, 0) })
    }

    fn cardinality(&self) -> Cardinality {
        Cardinality::Infinite
    }

    fn describe(&self, out: &mut String) {
        out.push_str(&format!("random({})", self.seed));
    }
}

impl Stage for Drawing {
    fn next(&mut self, _sources: &Sources) -> saola_tensor::Result<Option<Item>> {
        Ok(Some(Item::value(Tensor::from(i64::from(self.rng.next_u32())).into())))
    }

    fn restart(&mut self, epoch: u64) {
        self.rng = Rng::new(self.seed, if epoch == 0 { 0 } else { mix(epoch) });
    }
}
