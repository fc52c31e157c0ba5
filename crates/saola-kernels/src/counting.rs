//! An allocator that counts, for tests and programs that hold a bound on memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

static NOW: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which knows how much the process holds and how much it held at most. A program puts it in as
/// `#[global_allocator] static ALLOCATOR: Counting = Counting;`; without that, all numbers are 0.
#[derive(Clone, Copy, Debug)]
pub struct Counting;

impl Counting {
    /// Bytes that are held now.
    pub fn now() -> usize {
        NOW.load(Ordering::Relaxed)
    }

    /// How often memory was taken so far.
    pub fn allocations() -> usize {
        TAKEN.load(Ordering::Relaxed)
    }

    /// The most bytes that `work` held in addition to what was there before, all threads together, and what it gives.
    pub fn peak_of<R>(work: impl FnOnce() -> R) -> (R, usize) {
        let before = Counting::now();
        PEAK.store(before, Ordering::Relaxed);
        let result = work();
        (result, PEAK.load(Ordering::Relaxed).saturating_sub(before))
    }

    fn add(bytes: usize) {
        let now = NOW.fetch_add(bytes, Ordering::Relaxed) + bytes;
        PEAK.fetch_max(now, Ordering::Relaxed);
        TAKEN.fetch_add(1, Ordering::Relaxed);
    }

    fn subtract(bytes: usize) {
        NOW.fetch_sub(bytes, Ordering::Relaxed);
    }
}

// SAFETY: everything is handed on to the system's allocator; counting touches no memory of its own but two numbers.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Counting::add(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Counting::add(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.alloc_zeroed(layout) }
    }
    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        Counting::subtract(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(start, layout) }
    }
    unsafe fn realloc(&self, start: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Counting::add(size);
        Counting::subtract(layout.size());
        // SAFETY: the caller's promise.
        unsafe { System.realloc(start, layout, size) }
    }
}
