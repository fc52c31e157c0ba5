//! What a step of a pipeline is: a description ([`Node`]) and, once opened, a running part ([`Stage`]).

use std::sync::Arc;

use saola_tensor::{Result, mix};

use crate::Cardinality;
use crate::source::{Item, Source, Sources};

/// The description of one step together with those before it. Shared between datasets and never changed,
/// but for the counters by which a shuffle gives every pass another order.
pub(crate) trait Node: Send + Sync {
    /// A fresh pass over the items. Only cheap preparations happen here, on the thread that asks; reading,
    /// filling buffers and starting threads wait for the first item.
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage>;

    /// How many items a pass has.
    fn cardinality(&self) -> Cardinality;

    /// Appends the steps as a chain of calls.
    fn describe(&self, out: &mut String);

    /// The arrays, where this node is nothing but their rows in order.
    fn as_slices(&self) -> Option<&Arc<Source>> {
        None
    }
}

/// What the stages of a pipeline share while it is opened.
#[derive(Default)]
pub(crate) struct Opening {
    /// The arrays that the pipeline reads.
    pub(crate) sources: Sources,
    /// The number of the pass, where the caller fixes it; otherwise each shuffle counts its own.
    pass: Option<u64>,
    /// The shuffles that were opened, by their address, and their pass.
    passes: Vec<(usize, u64)>,
}

impl Opening {
    /// For the pass with that number, or for a next one.
    pub(crate) fn new(pass: Option<u64>) -> Opening {
        Opening { pass, ..Opening::default() }
    }

    /// What `open` opens, as part of the first pass where the number of the pass is fixed: for what is kept from one pass
    /// to the others, which is then the same whichever pass comes first.
    pub(crate) fn first<T>(&mut self, open: impl FnOnce(&mut Opening) -> T) -> T {
        let pass = self.pass;
        self.pass = pass.map(|_| 0);
        let opened = open(self);
        self.pass = pass;
        opened
    }

    /// The pass of `node`: the one that is fixed, or what `next` draws, once for all places where a pipeline
    /// uses the same node.
    pub(crate) fn pass_of<T>(&mut self, node: &T, next: impl FnOnce() -> u64) -> u64 {
        let address = std::ptr::from_ref(node).addr();
        if let Some(pass) = self.pass {
            return pass;
        }
        if let Some(&(_, pass)) = self.passes.iter().find(|(other, _)| *other == address) {
            return pass;
        }
        let pass = next();
        self.passes.push((address, pass));
        pass
    }
}

/// A running part of a pipeline. Once it has reported its end it goes on doing so until it is restarted.
pub(crate) trait Stage: Send {
    /// The next item, or `None` at the end.
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>>;

    /// Appends the next `n` items; fewer mean the end.
    fn fill(&mut self, sources: &Sources, n: usize, out: &mut Vec<Item>) -> Result<()> {
        for _ in 0..n {
            match self.next(sources)? {
                Some(item) => out.push(item),
                None => break,
            }
        }
        Ok(())
    }

    /// Passes over the next `n` items.
    fn skip(&mut self, sources: &Sources, n: usize) -> Result<()> {
        for _ in 0..n {
            if self.next(sources)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    /// Goes back to the beginning for another epoch of the same pass. `epoch` is what a random order is
    /// drawn from; a fresh stage is in epoch 0.
    fn restart(&mut self, epoch: u64);
}

/// The number for the `inner`-th round of a repetition that is itself inside epoch `outer`: different rounds
/// have different numbers, and those of the outermost repetition are 0, 1, 2 ...
pub(crate) fn nested_epoch(outer: u64, inner: u64) -> u64 {
    if outer == 0 { inner } else { mix(outer).wrapping_add(inner) }
}

/// A step that is a name, a rule for the number of items, and what makes its running part.
pub(crate) struct Step {
    pub(crate) input: Arc<dyn Node>,
    /// The call, as `.unbatch()`.
    pub(crate) text: String,
    pub(crate) count: Box<dyn Fn(Cardinality) -> Cardinality + Send + Sync>,
    pub(crate) start: Start,
}

/// Makes a running part around the one before it.
pub(crate) type Start = Box<dyn Fn(Box<dyn Stage>) -> Box<dyn Stage> + Send + Sync>;

impl Node for Step {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        (self.start)(self.input.open(opening))
    }

    fn cardinality(&self) -> Cardinality {
        (self.count)(self.input.cardinality())
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(&self.text);
    }
}
