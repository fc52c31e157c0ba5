//! One row times a matrix that is stored with rows and columns exchanged.
//!
//! Each element of the matrix is used once, so the product runs at the speed of memory: the aim is to read the matrix
//! in order and on all cores. Each output is a dot product of contiguous numbers, in 16 partial sums. Copying the
//! matrix together, as products of more rows do, would write and read all of it once more.

use crate::matmul::{Gemm, Scale, View};
use crate::multiversion;
use crate::pool;

/// Columns per chunk of work.
const STRIP: usize = 256;

/// Whether `b` is laid out so that the kernel here reads it in order.
pub(crate) fn takes<T>(b: &View<'_, T>) -> bool {
    b.column != 1 && b.row == 1
}

/// `out = alpha * a * b (+ out)` for `a` of one row.
pub(crate) fn row_times_matrix<T: Gemm>(out: &mut [T], a: View<'_, T>, b: View<'_, T>, scale: Scale<T>) {
    let (k, n) = (b.rows, b.columns);
    // About 20 bytes per nanosecond of one core.
    let nanoseconds = (k * n * size_of::<T>()) as u64 / 20;
    pool::run_mut(out, STRIP, nanoseconds, |i, part| {
        if !scale.accumulate {
            part.fill(T::ZERO);
        }
        let first = i * STRIP;
        dot_columns(part, a.data, a.column, &b.data[first * b.column..], b.column, k, scale.alpha);
    });
}

multiversion! {
    /// `part[j] += alpha * sum over p of x[p * step] * columns[j * stride + p]`.
    fn dot_columns<T: Gemm>(part: &mut [T], x: &[T], step: usize, columns: &[T], stride: usize, k: usize, alpha: T) {
        for (j, o) in part.iter_mut().enumerate() {
            *o += alpha * dot(x, step, &columns[j * stride..j * stride + k]);
        }
    }
}

#[inline(always)]
fn dot<T: Gemm>(x: &[T], step: usize, y: &[T]) -> T {
    const LANES: usize = 16;
    let mut lanes = [T::ZERO; LANES];
    let whole = y.len() / LANES * LANES;
    if step == 1 {
        let x = &x[..y.len()];
        for (a, b) in x[..whole].chunks_exact(LANES).zip(y[..whole].chunks_exact(LANES)) {
            (0..LANES).for_each(|l| lanes[l] += a[l] * b[l]);
        }
    } else {
        (0..whole).for_each(|i| lanes[i % LANES] += x[i * step] * y[i]);
    }
    let mut sum = T::ZERO;
    (whole..y.len()).for_each(|i| sum += x[i * step] * y[i]);
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        (0..width).for_each(|l| lanes[l] += lanes[l + width]);
    }
    sum + lanes[0]
}
