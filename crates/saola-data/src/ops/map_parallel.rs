//! `map_parallel`: a function over every item, on several threads.
//!
//! Items are taken on the thread that asks, as many ahead as keep all workers busy, and each gets a channel of one
//! place for its result; the channels wait in a queue in the order of the items. The workers end when the stage is
//! dropped.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use saola_tensor::{Error, ErrorKind, Result};

use crate::source::{Item, Sources};
use crate::stage::Stage;
use crate::{Dataset, Element};

impl Dataset {
    /// As [`Dataset::map`], with `f` on `threads` threads at once; 0 means one for each core. Order and values are
    /// the same. A panic of `f` comes out as an error.
    pub fn map_parallel<F, E>(&self, threads: usize, f: F) -> Dataset
    where
        F: Fn(Element) -> Result<E> + Send + Sync + 'static,
        E: Into<Element>,
    {
        let f: Function = Arc::new(move |element| f(element).map(Into::into));
        let threads = match threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            n => n.min(1 << 10),
        };
        let start = move |input| MapParallel {
            input,
            f: f.clone(),
            threads,
            workers: None,
            waiting: VecDeque::new(),
            count: 0,
        };
        self.step(format!(".map_parallel({threads}, ..)"), |count| count, start)
    }
}

type Function = Arc<dyn Fn(Element) -> Result<Element> + Send + Sync>;
type Job = (Element, SyncSender<Result<Element>>);

struct MapParallel {
    input: Box<dyn Stage>,
    f: Function,
    threads: usize,
    /// Where the workers get their jobs from, once they run.
    workers: Option<SyncSender<Job>>,
    waiting: VecDeque<Result<Receiver<Result<Element>>>>,
    /// The number of the next item that is given out.
    count: u64,
}

impl MapParallel {
    fn start(&mut self) -> Result<SyncSender<Job>> {
        if let Some(jobs) = &self.workers {
            return Ok(jobs.clone());
        }
        // As many jobs as are ever waiting fit in, so that handing one over never waits.
        let (sender, jobs) = sync_channel::<Job>(2 * self.threads);
        let jobs = Arc::new(Mutex::new(jobs));
        for _ in 0..self.threads {
            let (jobs, f) = (jobs.clone(), self.f.clone());
            let work = move || {
                loop {
                    let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
                    let Ok((element, result)) = job else { return };
                    let f = std::panic::AssertUnwindSafe(|| f(element));
                    // Where it panics, the channel closes without a result.
                    if let Ok(done) = std::panic::catch_unwind(f) {
                        let _ = result.send(done);
                    }
                }
            };
            let thread = std::thread::Builder::new().name("saola-map".to_string());
            thread.spawn(work).map_err(|e| {
                Error::new(ErrorKind::Io, format!("cannot start a thread to map: {e}")).with_source(e)
            })?;
        }
        self.workers = Some(sender.clone());
        Ok(sender)
    }

    /// Takes items until all workers have enough to do.
    fn feed(&mut self, sources: &Sources) -> Result<()> {
        let jobs = self.start()?;
        while self.waiting.len() < 2 * self.threads {
            let element =
                match self.input.next(sources).and_then(|i| i.map(|i| sources.element(i)).transpose()) {
                    Ok(Some(element)) => element,
                    Ok(None) => break,
                    Err(e) => {
                        self.waiting.push_back(Err(e));
                        break;
                    }
                };
            let (result, receiver) = sync_channel(1);
            if jobs.send((element, result)).is_err() {
                return Err(Error::internal("the threads that map have ended"));
            }
            self.waiting.push_back(Ok(receiver));
        }
        Ok(())
    }
}

impl Stage for MapParallel {
    fn next(&mut self, sources: &Sources) -> Result<Option<Item>> {
        if !matches!(self.waiting.back(), Some(Err(_))) {
            self.feed(sources)?;
        }
        let Some(first) = self.waiting.pop_front() else { return Ok(None) };
        let count = self.count;
        self.count += 1;
        let mapped = first?.recv().unwrap_or_else(|_| {
            Err(Error::state("the function panicked").help("return an error from it instead"))
        });
        Ok(Some(Item::value(mapped.map_err(|e| e.context(format!("mapping item {count}")))?)))
    }

    fn restart(&mut self, epoch: u64) {
        self.waiting.clear();
        self.count = 0;
        self.input.restart(epoch);
    }
}
