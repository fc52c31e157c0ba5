//! Reductions along one axis.
//!
//! An array is seen as `[outer, n, inner]` and reduced over the middle. Two loops serve all cases. Where
//! `inner` is 1, each output is a fold over contiguous numbers, in 16 independent partial results, so that
//! the fold vectorizes and does not wait for itself. Else whole rows of `inner` numbers are folded into
//! strips of outputs. Sums are taken in blocks that are added up at their end: the rounding error then grows
//! with the number of blocks, not of elements. The order depends on the shape alone.

use crate::math::Float;
use crate::multiversion;
use crate::pool;

/// What a reduction computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// The sum; 0 for nothing.
    Sum,
    /// The product; 1 for nothing.
    Prod,
    /// The largest.
    Max,
    /// The smallest.
    Min,
}

/// A type with reductions.
pub trait Reduce: Copy + Send + Sync + 'static {
    /// What a reduction of nothing gives.
    fn start(op: Reduction) -> Self;
    /// One step of the fold.
    fn fold(op: Reduction, a: Self, b: Self) -> Self;
}

macro_rules! reduce_float {
    ($($t:ty),*) => {$(
        impl Reduce for $t {
            #[inline(always)]
            fn start(op: Reduction) -> $t {
                match op {
                    Reduction::Sum => 0.0,
                    Reduction::Prod => 1.0,
                    Reduction::Max => <$t>::NEG_INFINITY,
                    Reduction::Min => <$t>::INFINITY,
                }
            }
            #[inline(always)]
            fn fold(op: Reduction, a: $t, b: $t) -> $t {
                match op {
                    Reduction::Sum => a + b,
                    Reduction::Prod => a * b,
                    Reduction::Max => a.larger(b),
                    Reduction::Min => a.smaller(b),
                }
            }
        }
    )*};
}
reduce_float!(f32, f64);

macro_rules! reduce_integer {
    ($($t:ty),*) => {$(
        impl Reduce for $t {
            #[inline(always)]
            fn start(op: Reduction) -> $t {
                match op {
                    Reduction::Sum => 0,
                    Reduction::Prod => 1,
                    Reduction::Max => <$t>::MIN,
                    Reduction::Min => <$t>::MAX,
                }
            }
            #[inline(always)]
            fn fold(op: Reduction, a: $t, b: $t) -> $t {
                match op {
                    Reduction::Sum => a.wrapping_add(b),
                    Reduction::Prod => a.wrapping_mul(b),
                    Reduction::Max => a.max(b),
                    Reduction::Min => a.min(b),
                }
            }
        }
    )*};
}
reduce_integer!(i32, i64, u8);

/// Outputs per strip where rows are folded.
const STRIP: usize = 64;
/// Elements per block of a sum.
const BLOCK: usize = 4096;
/// Rows per block of a sum of rows.
const ROWS: usize = 256;

/// Reduces `x`, seen as `[outer, n, inner]`, over its middle axis into `out` of `[outer, inner]`.
pub fn reduce<T: Reduce>(op: Reduction, out: &mut [T], x: &[T], n: usize, inner: usize) {
    assert!(x.len() == out.len() * n, "a reduction between lengths that do not fit");
    if n == 0 || out.is_empty() {
        out.fill(T::start(op));
        return;
    }
    let nanoseconds = x.len() as u64 / 8;
    if inner == 1 {
        let rows = (BLOCK / n.max(1)).max(1);
        pool::run_mut(out, rows, nanoseconds, |i, part| {
            fold_rows(op, part, &x[i * rows * n..][..part.len() * n], n)
        });
        return;
    }
    // Strips do not cross from one outer index to the next.
    if inner <= STRIP {
        pool::run_mut(out, inner, nanoseconds, |i, part| {
            fold_columns(op, part, &x[i * n * inner..], n, inner)
        });
    } else if inner.is_multiple_of(STRIP) {
        let strips = inner / STRIP;
        pool::run_mut(out, STRIP, nanoseconds, |i, part| {
            let start = (i / strips) * n * inner + (i % strips) * STRIP;
            fold_columns(op, part, &x[start..], n, inner);
        });
    } else {
        pool::run_mut(out, inner, nanoseconds, |i, part| {
            for (s, strip) in part.chunks_mut(STRIP).enumerate() {
                fold_columns(op, strip, &x[i * n * inner + s * STRIP..], n, inner);
            }
        });
    }
}

multiversion! {
    fn fold_rows<T: Reduce>(op: Reduction, out: &mut [T], x: &[T], n: usize) {
        match op {
            Reduction::Sum => fold_rows_body(Reduction::Sum, out, x, n),
            Reduction::Prod => fold_rows_body(Reduction::Prod, out, x, n),
            Reduction::Max => fold_rows_body(Reduction::Max, out, x, n),
            Reduction::Min => fold_rows_body(Reduction::Min, out, x, n),
        }
    }
}

#[inline(always)]
fn fold_rows_body<T: Reduce>(op: Reduction, out: &mut [T], x: &[T], n: usize) {
    for (i, o) in out.iter_mut().enumerate() {
        let row = &x[i * n..(i + 1) * n];
        let blocks = |x: &[T]| x.chunks(BLOCK).fold(T::start(op), |t, b| T::fold(op, t, fold_block(op, b)));
        *o = row.chunks(64 * BLOCK).fold(T::start(op), |total, x| T::fold(op, total, blocks(x)));
    }
}

#[inline(always)]
fn fold_block<T: Reduce>(op: Reduction, x: &[T]) -> T {
    const LANES: usize = 16;
    let mut lanes = [T::start(op); LANES];
    let whole = x.len() / LANES * LANES;
    for chunk in x[..whole].chunks_exact(LANES) {
        (0..LANES).for_each(|l| lanes[l] = T::fold(op, lanes[l], chunk[l]));
    }
    for (l, &v) in x[whole..].iter().enumerate() {
        lanes[l] = T::fold(op, lanes[l], v);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        (0..width).for_each(|l| lanes[l] = T::fold(op, lanes[l], lanes[l + width]));
    }
    lanes[0]
}

multiversion! {
    fn fold_columns<T: Reduce>(op: Reduction, out: &mut [T], x: &[T], n: usize, stride: usize) {
        match op {
            Reduction::Sum => fold_columns_body(Reduction::Sum, out, x, n, stride),
            Reduction::Prod => fold_columns_body(Reduction::Prod, out, x, n, stride),
            Reduction::Max => fold_columns_body(Reduction::Max, out, x, n, stride),
            Reduction::Min => fold_columns_body(Reduction::Min, out, x, n, stride),
        }
    }
}

#[inline(always)]
fn fold_columns_body<T: Reduce>(op: Reduction, out: &mut [T], x: &[T], n: usize, stride: usize) {
    let width = out.len();
    let fold =
        |into: &mut [T], from: &[T]| into.iter_mut().zip(from).for_each(|(a, &b)| *a = T::fold(op, *a, b));
    out.fill(T::start(op));
    for first in (0..n).step_by(64 * ROWS) {
        let mut blocks = [T::start(op); STRIP];
        for first in (first..n.min(first + 64 * ROWS)).step_by(ROWS) {
            let mut block = [T::start(op); STRIP];
            for r in first..n.min(first + ROWS) {
                fold(&mut block[..width], &x[r * stride..r * stride + width]);
            }
            fold(&mut blocks[..width], &block);
        }
        fold(out, &blocks);
    }
}

/// The index of the first largest (else smallest) element over the middle axis of `[outer, n, inner]`. A NaN is
/// beyond every number.
pub fn arg_extreme<T: Copy + PartialOrd + Send + Sync>(
    out: &mut [i64],
    x: &[T],
    n: usize,
    inner: usize,
    largest: bool,
) {
    assert!(x.len() == out.len() * n && n > 0, "an arg-reduction between lengths that do not fit");
    let chunk = (BLOCK / n).max(1);
    pool::run_mut(out, chunk, x.len() as u64, |c, part| {
        for (i, o) in part.iter_mut().enumerate().map(|(i, o)| (c * chunk + i, o)) {
            let start = (i / inner) * n * inner + i % inner;
            let mut best = 0;
            for k in 1..n {
                let (a, b) = (x[start + k * inner], x[start + best * inner]);
                // A comparison with NaN is false: the first one stays, and a later one wins over a number.
                let better = if largest { a > b } else { a < b };
                if better || (!is_number(a) && is_number(b)) {
                    best = k;
                }
            }
            *o = best as i64;
        }
    });
}

#[inline(always)]
fn is_number<T: PartialOrd>(x: T) -> bool {
    x.partial_cmp(&x).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equals_the_plain_loop(outer in 0usize..5, n in 0usize..600, inner in 1usize..150, seed: u32) {
            let x: Vec<f64> = (0..outer * n * inner).map(|i| f64::from((i as u32 ^ seed).wrapping_mul(2654435761) >> 20) / 4096.0 - 0.4).collect();
            for op in [Reduction::Sum, Reduction::Max, Reduction::Min] {
                let mut out = vec![0.0; outer * inner];
                reduce(op, &mut out, &x, n, inner);
                for o in 0..outer {
                    for i in 0..inner {
                        let expected = (0..n).map(|k| x[(o * n + k) * inner + i]).fold(f64::start(op), |a, b| f64::fold(op, a, b));
                        let got = out[o * inner + i];
                        prop_assert!(got == expected || (got - expected).abs() < 1e-9, "{op:?} {got} {expected}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_long_sum_in_single_precision_keeps_its_digits() {
        let x = vec![0.1f32; 4_000_000];
        let mut out = [0f32];
        reduce(Reduction::Sum, &mut out, &x, x.len(), 1);
        assert!((out[0] - 400_000.0).abs() < 2.0, "{}", out[0]);
        let mut columns = vec![0f32; 4];
        reduce(Reduction::Sum, &mut columns, &x, 1_000_000, 4);
        assert!((columns[3] - 100_000.0).abs() < 2.0, "{}", columns[3]);
    }

    #[test]
    fn ties_go_to_the_first() {
        let mut out = [0i64; 2];
        arg_extreme(&mut out, &[1, 3, 3, 2, 2, 2], 3, 1, true);
        assert_eq!(out, [1, 0]);
        arg_extreme(&mut out, &[1, 3, 3, 2, 2, 2], 3, 2, false);
        assert_eq!(out, [0, 1]);
        for largest in [true, false] {
            arg_extreme(&mut out, &[1.0, f64::NAN, f64::NAN, f64::NAN, 2.0, 3.0], 3, 1, largest);
            assert_eq!(out, [1, 0]);
        }
    }
}
