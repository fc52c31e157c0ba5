//! Threads that share the work of one kernel.
//!
//! A kernel's work is cut into chunks by its shape alone, never by the number of threads; so any number of
//! threads gives the same bits. Each thread has a share of the chunks, the same one in every run of a kernel, so
//! that the part of a matrix of weights that a core has read in one step is still in its cache in the next. Who
//! is done with its share takes from the others'. The caller waits at the end only for chunks that a worker has
//! really begun: a worker that sleeps, or whose core is taken by someone else, costs nothing but its help.
//!
//! An idle worker spins for a few tens of microseconds, the gap between two kernels of a training step, and
//! then parks. Waking a parked thread costs the caller some microseconds, so work below [`WORTH_SHARING`]
//! stays on the caller's thread. With one thread there is no pool at all.
//!
//! Only one kernel at a time is shared. A second caller finds the pool taken and does its work alone, which
//! is what it would do on a busy machine anyway; nobody waits for a lock.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::Thread;
use std::time::{Duration, Instant};

/// Work that takes fewer nanoseconds than this on one thread is not shared.
pub const WORTH_SHARING: u64 = 12_000;

/// How long an idle worker spins before it parks.
const SPIN: Duration = Duration::from_micros(60);

static LIMIT: AtomicUsize = AtomicUsize::new(0);
static POOL: OnceLock<Pool> = OnceLock::new();

/// The most threads, whoever asks for more: each is one that the system has to give.
const MOST: usize = 256;

/// How many threads a kernel may use: [`set_threads`], or else `SAOLA_THREADS`, or else one per core.
pub fn threads() -> usize {
    match LIMIT.load(Ordering::Relaxed) {
        0 => {
            let asked = std::env::var("SAOLA_THREADS").ok().and_then(|v| v.parse().ok()).filter(|&n| n > 0);
            let n = asked
                .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
                .min(MOST);
            LIMIT.store(n, Ordering::Relaxed);
            n
        }
        n => n,
    }
}

/// Bounds how many threads a kernel may use, from now on; 0 returns to the default. There are never more
/// than 256.
pub fn set_threads(n: usize) {
    LIMIT.store(n.min(MOST), Ordering::Relaxed);
}

/// Calls `work(i)` for every `i` in `0..chunks`, on several threads where `nanoseconds`, the estimated time on
/// one thread, makes it worth it.
pub fn run(chunks: usize, nanoseconds: u64, work: impl Fn(usize) + Sync) {
    let threads = threads().min(chunks);
    if threads > 1 && nanoseconds >= WORTH_SHARING {
        let pool = POOL.get_or_init(Pool::start);
        if pool.share(chunks, &work) {
            return;
        }
    }
    (0..chunks).for_each(work);
}

/// Calls `work(i, chunk)` for every chunk of `chunk` elements of `out`, as [`run`] does.
pub fn run_mut<T: Send>(
    out: &mut [T],
    chunk: usize,
    nanoseconds: u64,
    work: impl Fn(usize, &mut [T]) + Sync,
) {
    let (len, chunk) = (out.len(), chunk.max(1));
    let parts = Parts(out.as_mut_ptr());
    run(len.div_ceil(chunk), nanoseconds, |i| {
        let start = i * chunk;
        // SAFETY: chunk `i` lies inside `out`, which is borrowed exclusively, and `run` gives every `i` out once.
        let part = unsafe { std::slice::from_raw_parts_mut(parts.at(start), chunk.min(len - start)) };
        work(i, part);
    });
}

/// A pointer whose parts different threads may write.
pub(crate) struct Parts<T>(pub(crate) *mut T);

// SAFETY: whoever makes slices from it keeps them apart.
unsafe impl<T: Send> Sync for Parts<T> {}

impl<T> Parts<T> {
    /// # Safety
    /// `offset` must be inside of what the pointer points to.
    pub(crate) unsafe fn at(&self, offset: usize) -> *mut T {
        // SAFETY: the caller's promise.
        unsafe { self.0.add(offset) }
    }
}

/// The job that is shared at the moment.
#[derive(Clone, Copy)]
struct Job {
    work: *const (dyn Fn(usize) + Sync),
    chunks: usize,
    /// Into how many shares the chunks are divided.
    shares: usize,
}

impl Job {
    /// The first chunk of a share.
    fn start(self, share: usize) -> usize {
        share * self.chunks / self.shares
    }
}

/// The most shares that a job has.
const SHARES: usize = 64;

/// The next chunk of a share, on a cache line of its own.
#[repr(align(128))]
struct Share(AtomicUsize);

/// The bit of the gate that says that the job may be entered.
const OPEN: u64 = 1 << 16;
/// The unit of the gate's upper part, which counts jobs; the lower 16 bits count workers inside.
const JOB: u64 = 1 << 17;

struct Pool {
    taken: AtomicBool,
    gate: AtomicU64,
    shares: [Share; SHARES],
    job: UnsafeCell<Option<Job>>,
    sleepers: AtomicUsize,
    workers: Mutex<Vec<Thread>>,
}

// SAFETY: `job` is written only by the thread that holds `taken` while the gate is closed and empty, and
// read only by workers counted in by the gate.
unsafe impl Sync for Pool {}
// SAFETY: as above.
unsafe impl Send for Pool {}

impl Pool {
    fn start() -> Pool {
        Pool {
            taken: AtomicBool::new(false),
            gate: AtomicU64::new(0),
            shares: [const { Share(AtomicUsize::new(0)) }; SHARES],
            job: UnsafeCell::new(None),
            sleepers: AtomicUsize::new(0),
            workers: Mutex::new(Vec::new()),
        }
    }

    /// Starts workers until there are enough for the limit.
    fn staff(&'static self) {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        while workers.len() + 1 < threads() {
            let builder = std::thread::Builder::new().name("saola-kernel".into());
            let own = workers.len() + 1;
            let Ok(handle) = builder.spawn(move || self.serve(own)) else { return };
            workers.push(handle.thread().clone());
        }
    }

    fn share(&'static self, chunks: usize, work: &(dyn Fn(usize) + Sync)) -> bool {
        if self.taken.swap(true, Ordering::Acquire) {
            return false;
        }
        static STAFFED: AtomicUsize = AtomicUsize::new(1);
        if STAFFED.load(Ordering::Relaxed) < threads() {
            self.staff();
            STAFFED.store(threads(), Ordering::Relaxed);
        }
        // SAFETY: only the lifetime changes; `close` below waits until no worker is inside the job any more.
        let work: &'static (dyn Fn(usize) + Sync) = unsafe { std::mem::transmute(work) };
        let job = Job { work, chunks, shares: threads().min(chunks).min(SHARES) };
        // SAFETY: `taken` is held and the gate is closed and empty, so nobody else looks at the job.
        unsafe { *self.job.get() = Some(job) };
        let closing = Closing(self);
        for (s, share) in self.shares[..job.shares].iter().enumerate() {
            share.0.store(job.start(s), Ordering::Relaxed);
        }
        self.gate.fetch_add(JOB + OPEN, Ordering::SeqCst);
        if self.sleepers.load(Ordering::SeqCst) > 0 {
            self.wake();
        }
        self.take_chunks(job, 0);
        drop(closing);
        true
    }

    #[cold]
    fn wake(&self) {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.iter().for_each(Thread::unpark);
    }

    /// Takes the chunks of the share `own`, and then what is left of the others.
    fn take_chunks(&self, job: Job, own: usize) {
        for s in 0..job.shares {
            let share = (own + s) % job.shares;
            let end = job.start(share + 1);
            loop {
                let i = self.shares[share].0.fetch_add(1, Ordering::Relaxed);
                if i >= end {
                    break;
                }
                // SAFETY: the job's closure lives until the gate is closed and empty, and we are inside.
                unsafe { (*job.work)(i) };
            }
        }
    }

    /// Lets nobody in any more and waits for those inside.
    fn close(&self) {
        self.gate.fetch_and(!OPEN, Ordering::SeqCst);
        let mut turns = 0u32;
        while self.gate.load(Ordering::Acquire) & (OPEN - 1) != 0 {
            turns += 1;
            if turns < 20_000 {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        self.taken.store(false, Ordering::Release);
    }

    /// What a worker does all its life.
    fn serve(&self, own: usize) {
        let mut done = 0;
        loop {
            let gate = self.wait_for_job(done);
            if self.gate.compare_exchange(gate, gate + 1, Ordering::SeqCst, Ordering::Relaxed).is_err() {
                continue;
            }
            done = gate / JOB;
            // SAFETY: counted in, so the job stays as it is until we are counted out.
            if let Some(job) = unsafe { *self.job.get() } {
                let leaving = Leaving(self);
                self.take_chunks(job, own);
                drop(leaving);
            }
        }
    }

    /// The state of the gate once it is open for a job other than `done`.
    fn wait_for_job(&self, done: u64) -> u64 {
        let fresh = |gate: u64| gate & OPEN != 0 && gate / JOB != done;
        loop {
            let begin = Instant::now();
            loop {
                for _ in 0..200 {
                    let gate = self.gate.load(Ordering::Acquire);
                    if fresh(gate) {
                        return gate;
                    }
                    std::hint::spin_loop();
                }
                if begin.elapsed() > SPIN {
                    break;
                }
            }
            self.sleepers.fetch_add(1, Ordering::SeqCst);
            if !fresh(self.gate.load(Ordering::SeqCst)) {
                std::thread::park();
            }
            self.sleepers.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

/// Closes the job when the caller leaves it, also by a panic of a kernel.
struct Closing<'a>(&'a Pool);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// Counts a worker out.
struct Leaving<'a>(&'a Pool);

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.gate.fetch_sub(1, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_chunk_runs_once() {
        set_threads(4);
        for chunks in [1, 2, 3, 64, 1000] {
            let counts: Vec<AtomicUsize> = (0..chunks).map(|_| AtomicUsize::new(0)).collect();
            for _ in 0..200 {
                run(chunks, WORTH_SHARING, |i| {
                    counts[i].fetch_add(1, Ordering::Relaxed);
                });
            }
            assert!(counts.iter().all(|c| c.load(Ordering::Relaxed) == 200));
        }
    }

    #[test]
    fn callers_from_several_threads_do_not_disturb_each_other() {
        set_threads(4);
        std::thread::scope(|scope| {
            for t in 0..4u64 {
                scope.spawn(move || {
                    for _ in 0..500 {
                        let mut out = vec![0u64; 257];
                        run_mut(&mut out, 16, WORTH_SHARING, |i, part| {
                            part.iter_mut().enumerate().for_each(|(j, o)| *o = t + (i * 16 + j) as u64);
                        });
                        assert!(out.iter().enumerate().all(|(i, &o)| o == t + i as u64));
                    }
                });
            }
        });
    }

    #[test]
    fn sleeping_workers_wake() {
        set_threads(2);
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(2));
            let mut out = vec![0u8; 100];
            run_mut(&mut out, 1, WORTH_SHARING, |_, part| part[0] += 1);
            assert!(out.iter().all(|&o| o == 1));
        }
    }
}
