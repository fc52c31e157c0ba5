//! `prefetch`: the items are made ahead on a thread of their own.
//!
//! The thread starts with the first item that is asked for, owns the stages before it while it runs, and
//! hands them back when it ends, so that a repetition can go on with them. It is never waited for when a pass
//! is dropped: the channel closes, and the thread ends as soon as it has something to send.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use saola_tensor::{Error, ErrorKind, Result};

use crate::source::{Item, Sources};
use crate::stage::{Node, Opening, Stage};
use crate::{Cardinality, Dataset};

impl Dataset {
    /// The same items, up to `ahead` of them made in advance by a thread in the background. Order and values
    /// do not change. Errors come out in their place; a panic on that thread comes out as an error.
    ///
    /// Put it last, behind `batch`. With 0 items ahead there is no thread and nothing changes.
    pub fn prefetch(&self, ahead: usize) -> Dataset {
        if ahead == 0 { self.clone() } else { self.then(|input| Prefetch { input, ahead }) }
    }
}

struct Prefetch {
    input: Arc<dyn Node>,
    ahead: usize,
}

impl Node for Prefetch {
    fn open(&self, opening: &mut Opening) -> Box<dyn Stage> {
        let state = State::Idle(self.input.open(opening));
        Box::new(PrefetchStage { ahead: self.ahead, state })
    }

    fn cardinality(&self) -> Cardinality {
        self.input.cardinality()
    }

    fn describe(&self, out: &mut String) {
        self.input.describe(out);
        out.push_str(&format!(".prefetch({})", self.ahead));
    }
}

type Input = Box<dyn Stage>;

enum State {
    /// Nothing was asked for yet.
    Idle(Input),
    Running {
        items: Receiver<Result<Item>>,
        thread: JoinHandle<Input>,
    },
    Ended(Input),
    /// The thread was lost, with the stages that it owned.
    Lost(Error),
}

struct PrefetchStage {
    ahead: usize,
    state: State,
}

impl Stage for PrefetchStage {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if let State::Idle(_) = self.state {
            self.change(|state, ahead| match state {
                State::Idle(input) => start(input, ahead, sources),
                other => other,
            });
        }
        match &self.state {
            State::Running { items, .. } => {
                if let Ok(item) = items.recv() {
                    return item.map(Some);
                }
            }
            State::Lost(error) => return Err(error.clone()),
            State::Idle(_) | State::Ended(_) => return Ok(None),
        }
        self.change(|state, _| finish(state));
        match &self.state {
            State::Lost(error) => Err(error.clone()),
            _ => Ok(None),
        }
    }

    fn restart(&mut self, epoch: u64) {
        self.change(|state, _| match finish(state) {
            State::Idle(mut input) | State::Ended(mut input) => {
                input.restart(epoch);
                State::Idle(input)
            }
            other => other,
        });
    }
}

impl PrefetchStage {
    /// Replaces the state by what `f` makes of it.
    fn change(&mut self, f: impl FnOnce(State, usize) -> State) {
        let between = State::Lost(Error::internal("a prefetch was interrupted while it changed its state"));
        let state = std::mem::replace(&mut self.state, between);
        self.state = f(state, self.ahead);
    }
}

fn start(input: Input, ahead: usize, sources: &Sources) -> State {
    // A channel reserves its places at once: beyond this many they would be memory that is never used.
    let (sender, items) = sync_channel(ahead.min(1 << 16));
    let sources = sources.clone();
    let thread = std::thread::Builder::new().name("saola-prefetch".to_string());
    match thread.spawn(move || produce(input, &sources, &sender)) {
        Ok(thread) => State::Running { items, thread },
        Err(e) => State::Lost(
            Error::new(ErrorKind::Io, format!("cannot start a thread to prefetch: {e}")).with_source(e),
        ),
    }
}

fn produce(mut input: Input, sources: &Sources, sender: &SyncSender<Result<Item>>) -> Input {
    while let Some(item) = input.next(sources).transpose() {
        let last = item.is_err();
        if sender.send(item).is_err() || last {
            break;
        }
    }
    input
}

/// Closes the channel of a running thread and waits until it hands the stages back.
fn finish(state: State) -> State {
    let State::Running { items, thread } = state else { return state };
    drop(items);
    match thread.join() {
        Ok(input) => State::Ended(input),
        Err(panic) => {
            let text = panic
                .downcast_ref::<&str>()
                .map(|s| (*s).to_string())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no message".to_string());
            State::Lost(
                Error::state(format!("a step of the dataset panicked while it was prefetched: {text}"))
                    .help("return an error from the function that was given to the dataset instead"),
            )
        }
    }
}
