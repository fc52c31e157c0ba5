//! A block of sums in registers: the innermost loop of every product.
//!
//! `R` rows by `C` vectors of sums stay in registers while a step loads `C` vectors of the right side, broadcasts
//! `R` numbers of the left one and multiplies each pair. Six rows by four vectors take 24 of AVX-512's 32 registers;
//! ten loads then feed 24 multiply-adds, which keeps both multipliers busy. Each sum is added up step by step in one
//! lane, so neither the shape of the block nor the width of the vectors changes a bit.

use crate::lanes::Lanes;
use crate::math::Float;

/// Sums that are zero.
///
/// # Safety
/// The vectors must be the processor's.
#[inline(always)]
pub(crate) unsafe fn zero<L: Lanes, const R: usize, const C: usize>() -> [[L; C]; R] {
    // SAFETY: the caller's promise.
    [[unsafe { L::splat(L::T::ZERO) }; C]; R]
}

/// Where the numbers of each step are on the right side of a product.
#[derive(Clone, Copy)]
pub(crate) struct Right<T> {
    /// The first step's.
    pub(crate) start: *const T,
    /// The distance of steps.
    pub(crate) step: usize,
    /// How many numbers of the last vector there are.
    pub(crate) tail: usize,
}

impl<T> Right<T> {
    /// Steps of whole vectors, `wide` numbers each, one after the other.
    #[inline(always)]
    pub(crate) fn packed(start: *const T, wide: usize, lanes: usize) -> Right<T> {
        Right { start, step: wide, tail: lanes }
    }
}

/// `C` vectors, of which the last has `tail` numbers.
///
/// # Safety
/// The vectors must be the processor's and the numbers readable.
#[inline(always)]
unsafe fn short_row<L: Lanes, const C: usize>(from: *const L::T, tail: usize) -> [L; C] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut row = [L::splat(L::T::ZERO); C];
        for (c, vector) in row.iter_mut().enumerate() {
            let at = from.add(c * L::N);
            *vector = if c + 1 < C { L::load(at) } else { L::load_first(at, tail) };
        }
        row
    }
}

/// Adds `len` steps: `sums[r][c] += from[r][s · step] · right[s][c]`. With `TAIL`, the last vector may be short.
///
/// # Safety
/// The vectors must be the processor's, `from` readable at every step and `right` for all of its vectors.
#[inline(always)]
pub(crate) unsafe fn add_steps<L: Lanes, const R: usize, const C: usize, const TAIL: bool>(
    sums: &mut [[L; C]; R],
    from: &[*const L::T; R],
    step: usize,
    right: Right<L::T>,
    len: usize,
) {
    let mut acc = *sums;
    for s in 0..len {
        // SAFETY: the caller's promise.
        unsafe {
            let at = right.start.add(s * right.step);
            let row: [L; C] = if TAIL { short_row(at, right.tail) } else { L::load_row(at) };
            for (acc, from) in acc.iter_mut().zip(from) {
                let x = L::splat(*from.add(s * step));
                acc.iter_mut().zip(row).for_each(|(sum, row)| *sum = x.fma(row, *sum));
            }
        }
    }
    *sums = acc;
}

/// The sums so far, of which the last vector has `tail` numbers.
///
/// # Safety
/// The vectors must be the processor's and the numbers readable behind each pointer.
#[inline(always)]
pub(crate) unsafe fn fetch<L: Lanes, const R: usize, const C: usize>(
    from: &[*mut L::T; R],
    tail: usize,
) -> [[L; C]; R] {
    // SAFETY: the caller's promise.
    unsafe {
        let mut sums = zero::<L, R, C>();
        for r in 0..R {
            sums[r] = if tail == L::N { L::load_row(from[r]) } else { short_row(from[r], tail) };
        }
        sums
    }
}

/// Writes the first `live` rows, of which the last vector has `tail` numbers.
///
/// # Safety
/// The vectors must be the processor's and the numbers writable behind each pointer.
#[inline(always)]
pub(crate) unsafe fn put<L: Lanes, const R: usize, const C: usize>(
    sums: &[[L; C]; R],
    to: &[*mut L::T; R],
    tail: usize,
    live: usize,
) {
    // SAFETY: the caller's promise.
    unsafe {
        for r in 0..R {
            if r >= live {
                break;
            }
            for (c, sum) in sums[r].iter().enumerate() {
                let at = to[r].add(c * L::N);
                match c + 1 < C || tail == L::N {
                    true => sum.store(at),
                    false => sum.store_first(at, tail),
                }
            }
        }
    }
}
