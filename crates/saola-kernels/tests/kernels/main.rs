//! The kernels, as other crates call them.
//!
//! One program: each loop is compiled for every vector level, and compiling them once takes long enough.

mod convolution;
mod no_allocation;
mod normalization;
mod same_bits;
mod same_bits_spatial;

use std::fmt::Debug;
use std::sync::{Mutex, MutexGuard, PoisonError};

use saola_kernels::pool;
use saola_kernels::simd::{self, Level};

/// The level and the number of threads belong to the process: one test at a time sets them.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` on every level and with one to three threads; all must give what the first gave.
#[track_caller]
fn assert_same<T: PartialEq + Debug>(what: &str, work: impl Fn() -> T) {
    let _alone = alone();
    let mut first = None;
    for level in [Level::Plain, Level::Avx2, Level::Avx512] {
        for threads in [1, 2, 3] {
            simd::set_level(level);
            pool::set_threads(threads);
            let got = work();
            match &first {
                None => first = Some(got),
                Some(first) => assert!(*first == got, "{what} differs at {level:?} with {threads} threads"),
            }
        }
    }
}
