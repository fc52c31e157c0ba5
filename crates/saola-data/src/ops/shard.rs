//! `shard`: every n-th item.

use saola_tensor::{Error, Result};

use crate::Dataset;
use crate::source::{Item, Sources};
use crate::stage::Stage;

impl Dataset {
    /// The items `index`, `index + shards`, `index + 2 * shards` and so on: one of `shards` parts of the dataset.
    /// Put it before what is expensive and before a shuffle.
    pub fn shard(&self, shards: usize, index: usize) -> Dataset {
        if index >= shards {
            return self.fail(
                Error::value(format!("shard {index} of {shards}"))
                    .note("dataset", self.describe())
                    .help("shards are numbered from 0"),
            );
        }
        let count = move |n: u64| n.saturating_sub(index as u64).div_ceil(shards as u64);
        self.step(
            format!(".shard({shards}, {index})"),
            move |all| all.change(count),
            move |input| Shard { input, shards, index, pass_over: index },
        )
    }
}

struct Shard {
    input: Box<dyn Stage>,
    shards: usize,
    index: usize,
    /// How many items come before the next one.
    pass_over: usize,
}

impl Stage for Shard {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        self.input.skip(sources, self.pass_over)?;
        self.pass_over = self.shards - 1;
        self.input.next(sources)
    }

    fn restart(&mut self, epoch: u64) {
        self.pass_over = self.index;
        self.input.restart(epoch);
    }
}
