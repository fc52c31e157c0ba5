//! Matrix products.
//!
//! `C = αAB + βC` over views with any strides. The innermost loop, a block of sums in registers, is the one of
//! `tile`, which convolution uses as well; `matmul/block.rs` says how one thread walks over its part, and when it copies the
//! right side together first. Here the output is cut into panels for the threads.
//!
//! * *Bits.* A sum is added up in one order, step by step, in stretches whose number depends on the inner dimension
//!   alone. No cut, no width of the vectors and no number of threads changes a bit.
//! * *The epilogue.* Bias and activation are applied to each panel by the thread that made it, while the panel is still
//!   in its cache; [`ProductThen`] does that for any elementwise program.
//! * *Memory.* None is taken but 128 KB for each thread, once.
//!
//! A row times a matrix that is stored with rows and columns exchanged goes to [`crate::matvec`]: copying would cost more
//! than the product.
//!
//! On a core with two 512-bit multipliers this reaches 250 to 270 GFLOP/s in single precision where the `gemm` crates
//! reached 215, and needs no threshold below which a product is done in another way.

mod block;

use std::ops::Range;

use self::block::{Block, packing_memory};
use crate::lanes::{Vector, dispatch};
use crate::matvec;
use crate::pool::{self, Parts};
#[cfg(doc)]
use crate::product_then::ProductThen;

/// A matrix inside a slice: element (i, j) is at `i * row + j * column`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    /// The elements.
    pub data: &'a [T],
    /// How many rows.
    pub rows: usize,
    /// How many columns.
    pub columns: usize,
    /// The distance between rows.
    pub row: usize,
    /// The distance between columns.
    pub column: usize,
}

impl<'a, T> View<'a, T> {
    /// A row-major matrix that fills `data`.
    pub fn new(data: &'a [T], rows: usize, columns: usize) -> View<'a, T> {
        View { data, rows, columns, row: columns, column: 1 }
    }

    /// The transposed matrix.
    pub fn t(self) -> View<'a, T> {
        View { rows: self.columns, columns: self.rows, row: self.column, column: self.row, ..self }
    }

    pub(crate) fn inside(&self) -> bool {
        let empty = self.rows == 0 || self.columns == 0;
        empty || (self.rows - 1) * self.row + (self.columns - 1) * self.column < self.data.len()
    }
}

/// Element types with matrix products.
pub trait Gemm: Vector {
    /// Estimated operations per nanosecond of one thread.
    const RATE: u64;
}

impl Gemm for f32 {
    const RATE: u64 = 100;
}

impl Gemm for f64 {
    const RATE: u64 = 50;
}

/// How a product combines with what is in the output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale<T> {
    /// The factor of the product.
    pub alpha: T,
    /// Whether the output's old contents are added.
    pub accumulate: bool,
}

impl<T: Gemm> Scale<T> {
    /// The product alone.
    pub const PLAIN: Scale<T> = Scale { alpha: T::ONE, accumulate: false };
}

/// `out = alpha * a * b (+ out)`, row-major; then `epilogue(first_row, rows of out, first column, columns)`
/// runs over each finished panel, given as rows of the panel's columns.
pub fn matmul<T: Gemm>(
    out: &mut [T],
    a: View<'_, T>,
    b: View<'_, T>,
    scale: Scale<T>,
    epilogue: Option<&Epilogue<'_, T>>,
) {
    assert!(a.columns == b.rows && out.len() == a.rows * b.columns, "a product of matrices that do not fit");
    assert!(a.inside() && b.inside(), "a matrix is larger than its slice");
    let (m, n, k) = (a.rows, b.columns, a.columns);
    if m == 0 || n == 0 {
        return;
    }
    if k == 0 || (m == 1 && matvec::takes(&b)) {
        if k == 0 && !scale.accumulate {
            out.fill(T::ZERO);
        }
        if k > 0 {
            matvec::row_times_matrix(out, a, b, scale);
        }
        if let Some(epilogue) = epilogue {
            out.chunks_mut(n).for_each(|row| epilogue(0, row));
        }
        return;
    }
    let target = Parts(out.as_mut_ptr());
    let by_rows = |rows: Range<usize>, columns: Range<usize>| {
        let Some(epilogue) = epilogue else { return };
        for r in rows {
            // SAFETY: this part of row `r` belongs to this panel alone.
            let part =
                unsafe { std::slice::from_raw_parts_mut(target.at(r * n + columns.start), columns.len()) };
            epilogue(columns.start, part);
        }
    };
    // SAFETY: `out` was checked to hold `m` rows of `n`, and the views to lie inside their slices.
    unsafe { in_panels(&target, a, b, scale, by_rows) };
}

/// Computes a product panel by panel, and calls `finished(rows, columns)` on the thread that made a panel.
///
/// # Safety
/// `out` must have room for the product, which nobody else may touch, and the views must lie inside their slices.
pub(crate) unsafe fn in_panels<T: Gemm>(
    out: &Parts<T>,
    a: View<'_, T>,
    b: View<'_, T>,
    scale: Scale<T>,
    finished: impl Fn(Range<usize>, Range<usize>) + Sync,
) {
    let (m, n, k) = (a.rows, b.columns, a.columns);
    let operations = 2 * (m * n) as u64 * k as u64;
    let panels = Panels::of(m, n, operations);
    // Few rows take the time of reading the right side, about 20 bytes per nanosecond of one core.
    let nanoseconds = (operations / T::RATE).max((k * n * size_of::<T>()) as u64 / 20);
    pool::run(panels.count(), nanoseconds, |i| {
        let (rows, columns) = panels.get(i);
        // SAFETY: panels are disjoint parts of `out`; the rest is the caller's promise.
        let (part, packed) = ((rows.clone(), columns.clone()), packing_memory());
        dispatch(Block { out, a, b, scale, rows: part.0, columns: part.1, packed });
        finished(rows, columns);
    });
}

/// What is done to a finished part of a row: the column it starts at, and its elements.
pub type Epilogue<'a, T> = dyn Fn(usize, &mut [T]) + Sync + 'a;

/// How an output is cut.
struct Panels {
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl Panels {
    /// Panels for an output of `m` by `n`: about [`GRAIN`] operations each, first along the columns, so that the right
    /// side is read once. Both cuts are at multiples of the blocks of sums.
    fn of(m: usize, n: usize, operations: u64) -> Panels {
        /// Operations per panel: some tens of microseconds of one core.
        const GRAIN: u64 = 4_000_000;
        /// Columns per panel of few rows, whose time is that of reading the right side.
        const STRIP: usize = 256;
        /// As few rows are not cut: each part of them would read the right side again.
        const LOW: usize = 48;
        if m < 4 {
            return Panels { rows: m, columns: n, row_step: m, column_step: STRIP };
        }
        let wanted = (operations / GRAIN).clamp(1, 32) as usize;
        let wanted = if operations > GRAIN { wanted.max(2).next_multiple_of(2) } else { 1 };
        let across = wanted.min(n.div_ceil(64));
        let column_step = n.div_ceil(across).next_multiple_of(64);
        let down = if m <= LOW { 1 } else { wanted.div_ceil(n.div_ceil(column_step)) };
        let row_step = m.div_ceil(down).next_multiple_of(24);
        Panels { rows: m, columns: n, row_step, column_step }
    }

    fn count(&self) -> usize {
        self.rows.div_ceil(self.row_step) * self.columns.div_ceil(self.column_step)
    }

    fn get(&self, i: usize) -> (Range<usize>, Range<usize>) {
        let down = self.rows.div_ceil(self.row_step);
        let (r, c) = (i % down * self.row_step, i / down * self.column_step);
        (r..(r + self.row_step).min(self.rows), c..(c + self.column_step).min(self.columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use saola_tensor::Rng;

    fn naive(a: View<'_, f64>, b: View<'_, f64>) -> Vec<f64> {
        let mut out = vec![0.0; a.rows * b.columns];
        for i in 0..a.rows {
            for j in 0..b.columns {
                for p in 0..a.columns {
                    out[i * b.columns + j] +=
                        a.data[i * a.row + p * a.column] * b.data[p * b.row + j * b.column];
                }
            }
        }
        out
    }

    fn random(n: usize, rng: &mut Rng) -> Vec<f64> {
        (0..n).map(|_| rng.unit() - 0.5).collect()
    }

    proptest! {
        #[test]
        fn equals_the_plain_loops(m in 0usize..40, n in 0usize..70, k in 0usize..40, ta: bool, tb: bool, acc: bool, seed: u64) {
            let mut rng = Rng::new(seed, 0);
            let (a, b) = (random(m * k, &mut rng), random(k * n, &mut rng));
            let a = if ta { View::new(&a, k, m).t() } else { View::new(&a, m, k) };
            let b = if tb { View::new(&b, n, k).t() } else { View::new(&b, k, n) };
            let start = random(m * n, &mut rng);
            let expected: Vec<f64> =
                naive(a, b).iter().zip(&start).map(|(p, s)| 2.0 * p + if acc { *s } else { 0.0 } + 1.0).collect();
            let mut out = start.clone();
            let bias = |_: usize, row: &mut [f64]| row.iter_mut().for_each(|x| *x += 1.0);
            matmul(&mut out, a, b, Scale { alpha: 2.0, accumulate: acc }, Some(&bias));
            for (o, e) in out.iter().zip(&expected) {
                prop_assert!((o - e).abs() < 1e-12, "{o} {e}");
            }
            let single = |v: &[f64]| v.iter().map(|&x| x as f32).collect::<Vec<f32>>();
            let (da, db, mut out32) = (single(a.data), single(b.data), single(&start));
            let a32 = View { data: &da, rows: a.rows, columns: a.columns, row: a.row, column: a.column };
            let b32 = View { data: &db, rows: b.rows, columns: b.columns, row: b.row, column: b.column };
            matmul(&mut out32, a32, b32, Scale { alpha: 2.0, accumulate: acc }, None);
            for (o, e) in out32.iter().zip(&expected) {
                prop_assert!((f64::from(*o) + 1.0 - e).abs() < 1e-4, "{o} {e}");
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let mut rng = Rng::new(1, 0);
        let a: Vec<f32> = (0..300 * 200).map(|_| rng.unit() as f32).collect();
        let b: Vec<f32> = (0..200 * 500).map(|_| rng.unit() as f32).collect();
        let product = |threads| {
            pool::set_threads(threads);
            let mut out = vec![0f32; 300 * 500];
            matmul(&mut out, View::new(&a, 300, 200), View::new(&b, 200, 500), Scale::PLAIN, None);
            out
        };
        assert_eq!(product(1), product(2));
        assert_eq!(product(1), product(7));
    }
}
