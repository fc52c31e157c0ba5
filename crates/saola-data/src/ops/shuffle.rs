//! `shuffle`: a random order, as far as a buffer reaches.
//!
//! The buffer is filled with the first items; then each item given out is drawn from it at random and its
//! place is taken by the next item of the input. With a buffer as large as the dataset every order is equally
//! likely, with a smaller one an item comes at most so much earlier as the buffer is long.
//!
//! The draws depend on the seed, on the number of the pass over the dataset and on the epoch of a repetition
//! around the shuffle, and on nothing else: not on threads, nor on how far an earlier pass went.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use saola_tensor::{Result, Rng, mix};

use crate::random::below;
use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The items in a random order, drawn from a buffer of `buffer` items. Every pass and every epoch of a
    /// repetition behind it has another order; the same program gives the same orders each time it runs.
    ///
    /// For a thorough shuffle the buffer must hold the whole dataset; rows of arrays cost 16 bytes each there.
    /// Before a `repeat` a shuffle keeps the epochs apart, behind one it mixes them. A shuffled dataset that is
    /// used in two places of one pipeline has the same order in both, so that a `zip` of what was mapped from
    /// it stays aligned.
    ///
    /// A buffer of 0 is a fault that [`Dataset::check`] reports.
    pub fn shuffle(&self, buffer: usize) -> Dataset {
        let seed = mix(0x5A01_A000 + self.shuffles);
        self.shuffled(buffer, seed, true, format!("shuffle({buffer})"))
    }

    /// As [`Dataset::shuffle`] with a seed, and with the choice of the same order in every pass and epoch
    /// instead of another.
    pub fn shuffle_with(&self, buffer: usize, seed: u64, reshuffle_each_iteration: bool) -> Dataset {
        let text = format!("shuffle_with({buffer}, {seed}, {reshuffle_each_iteration})");
        self.shuffled(buffer, seed, reshuffle_each_iteration, text)
    }

    fn shuffled(&self, buffer: usize, seed: u64, reshuffle: bool, text: String) -> Dataset {
        let mut dataset = self.then_sized(buffer, "the buffer of a shuffle", |input| Shuffle {
            input,
            buffer,
            seed,
            reshuffle,
            passes: AtomicU64::new(0),
            text,
        });
        dataset.shuffles += 1;
        dataset
    }
}

struct Shuffle {
    input: Arc<dyn Node>,
    buffer: usize,
    seed: u64,
    reshuffle: bool,
    /// How many passes were started.
    passes: AtomicU64,
    text: String,
}

impl Node for Shuffle {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        let pass = opening.pass_of(self, || self.passes.fetch_add(1, Ordering::Relaxed));
        let mut stage = ShuffleStage {
            input: self.input.open(opening),
            size: self.buffer,
            buffer: Vec::new(),
            ended: false,
            // Pass 0 draws from the seed itself.
            seed: if self.reshuffle { self.seed.wrapping_add(mix(pass)) } else { self.seed },
            reshuffle: self.reshuffle,
            rng: Rng::new(0, 0),
        };
        stage.seat(0);
        Box::new(stage)
    }

    fn cardinality(&self) -> Cardinality {
        self.input.cardinality()
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push('.');
        out.push_str(&self.text);
    }
}

struct ShuffleStage {
    input: Box<dyn Stage>,
    size: usize,
    buffer: Vec<Item>,
    /// Whether the input has ended.
    ended: bool,
    seed: u64,
    reshuffle: bool,
    rng: Rng,
}

impl ShuffleStage {
    fn seat(&mut self, epoch: u64) {
        self.rng = Rng::new(self.seed, if self.reshuffle { epoch } else { 0 });
    }
}

impl Stage for ShuffleStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if !self.ended && self.buffer.len() < self.size {
            self.input.fill(sources, self.size - self.buffer.len(), &mut self.buffer)?;
            self.ended = self.buffer.len() < self.size;
        }
        if self.buffer.is_empty() {
            return Ok(None);
        }
        let drawn = below(&mut self.rng, self.buffer.len());
        Ok(Some(self.buffer.swap_remove(drawn)))
    }

    fn restart(&mut self, epoch: u64) {
        self.input.restart(epoch);
        self.buffer.clear();
        self.ended = false;
        self.seat(epoch);
    }
}
