//! Where the time of runs goes.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use saola_tensor::{Result, write_atomic};
use serde_json::json;

use crate::plan::StepInfo;

/// The times of the steps of all runs that were given it. Clones share them.
///
/// [`Trace::write_chrome`] writes the format that `chrome://tracing` and Perfetto show; [`Trace::table`] sums up
/// by operation and layer.
#[derive(Clone, Debug)]
pub struct Trace {
    origin: Instant,
    events: Arc<Mutex<Vec<TraceEvent>>>,
}

/// One step of one run.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceEvent {
    /// What was done, as the plan calls it: an operation, or several that were fused.
    pub operation: String,
    /// The path of the layer, or nothing.
    pub path: String,
    /// The result's dtype and shape.
    pub result: String,
    /// Nanoseconds from the trace's making to the step's beginning.
    pub start: u64,
    /// Nanoseconds that the step took.
    pub duration: u64,
    /// How many additions, multiplications and the like it took.
    pub flops: u64,
    /// A number for the thread that ran it.
    pub thread: u64,
}

impl Default for Trace {
    fn default() -> Trace {
        Trace::new()
    }
}

impl Trace {
    /// No times yet.
    pub fn new() -> Trace {
        Trace { origin: Instant::now(), events: Arc::default() }
    }

    /// The steps so far, in the order in which they ended.
    pub fn events(&self) -> Vec<TraceEvent> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Writes the steps as a JSON file of Chrome's trace event format.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn write_chrome(&self, path: impl AsRef<Path>) -> Result<()> {
        let micros = |nanos: u64| nanos as f64 / 1000.0;
        let event = |e: &TraceEvent| {
            json!({
                "name": e.operation, "cat": "operation", "ph": "X", "pid": 1, "tid": e.thread,
                "ts": micros(e.start), "dur": micros(e.duration),
                "args": {"layer": e.path, "result": e.result, "flops": e.flops},
            })
        };
        let events: Vec<_> = self.events().iter().map(event).collect();
        let text = json!({"displayTimeUnit": "ns", "traceEvents": events}).to_string();
        write_atomic(path, |file| file.write_all(text.as_bytes()))
    }

    /// A table of time per operation and layer path, the longest first.
    pub fn table(&self) -> String {
        let mut sums: BTreeMap<(String, String), (u64, u64, u64)> = BTreeMap::new();
        let mut total = 0;
        for event in self.events() {
            let sum = sums.entry((event.operation, event.path)).or_default();
            *sum = (sum.0 + event.duration, sum.1 + 1, sum.2 + event.flops);
            total += event.duration;
        }
        let mut rows: Vec<_> = sums.into_iter().collect();
        rows.sort_by_key(|row| std::cmp::Reverse(row.1.0));
        let mut table =
            crate::columns::Columns::new(&["operation", "layer", "calls", "time", "share", "GFLOP/s"], 2);
        for ((operation, path), (nanos, calls, flops)) in rows {
            table.row([
                operation,
                path,
                calls.to_string(),
                format!("{:.1} µs", nanos as f64 / 1000.0),
                format!("{:.1} %", 100.0 * nanos as f64 / total.max(1) as f64),
                format!("{:.1}", flops as f64 / nanos.max(1) as f64),
            ]);
        }
        table.to_string()
    }
}

/// Measures the steps of one run.
pub(crate) struct Stopwatch<'a> {
    trace: &'a Trace,
    steps: &'a [StepInfo],
    last: Instant,
    durations: Vec<(usize, Instant, Instant)>,
}

impl<'a> Stopwatch<'a> {
    pub(crate) fn new(trace: &'a Trace, steps: &'a [StepInfo]) -> Stopwatch<'a> {
        Stopwatch { trace, steps, last: Instant::now(), durations: Vec::with_capacity(steps.len()) }
    }
}

impl Stopwatch<'_> {
    /// A step begins.
    pub(crate) fn start(&mut self) {
        self.last = Instant::now();
    }

    /// Step `index` ends.
    pub(crate) fn stop(&mut self, index: usize) {
        self.durations.push((index, self.last, Instant::now()));
    }
}

impl Drop for Stopwatch<'_> {
    /// The events are made after the run, so that making them takes none of its time.
    fn drop(&mut self) {
        let origin = self.trace.origin;
        let nanos = |from: Instant, to: Instant| {
            u64::try_from(to.saturating_duration_since(from).as_nanos()).unwrap_or(u64::MAX)
        };
        let thread = thread_number();
        let event = |&(index, start, end): &(usize, Instant, Instant)| {
            let step = &self.steps[index];
            TraceEvent {
                operation: step.what.clone(),
                path: step.origin.node().path().unwrap_or_default().to_string(),
                result: step.result(),
                start: nanos(origin, start),
                duration: nanos(start, end),
                flops: step.flops,
                thread,
            }
        };
        let events = self.durations.iter().map(event);
        self.trace.events.lock().unwrap_or_else(PoisonError::into_inner).extend(events);
    }
}

/// A number for the calling thread, counted from 1.
fn thread_number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static NUMBER: u64 = NEXT.fetch_add(1, Ordering::Relaxed));
    NUMBER.with(|n| *n)
}
