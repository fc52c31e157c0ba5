//! Sums and moments of the columns of a matrix.

use crate::math::Float;
use crate::multiversion;

/// Numbers of one block, which stay in the first-level cache.
const BLOCK: usize = 4096;

/// How many rows of `n` columns a block has.
fn block_rows(n: usize) -> usize {
    (BLOCK / n).clamp(4, 256)
}

multiversion! {
    /// The mean of each column of `x` and the sum of squared differences from it. `sums` is working memory.
    pub(super) fn moments<T: Float>(mean: &mut [T], squares: &mut [T], sums: &mut [T], x: &[T]) {
        moments_body(mean, squares, sums, x)
    }
}

#[inline(always)]
fn moments_body<T: Float>(mean: &mut [T], squares: &mut [T], sums: &mut [T], x: &[T]) {
    let n = mean.len();
    mean.fill(T::ZERO);
    squares.fill(T::ZERO);
    let mut before = 0;
    for block in x.chunks(block_rows(n) * n) {
        let rows = block.len() / n;
        sums.fill(T::ZERO);
        for row in block.chunks_exact(n) {
            sums.iter_mut().zip(row).for_each(|(s, &x)| *s += x);
        }
        let (count, after) = (T::of(rows as f64), T::of((before + rows) as f64));
        sums.iter_mut().for_each(|s| *s = *s / count);
        for row in block.chunks_exact(n) {
            for ((q, &x), &s) in squares.iter_mut().zip(row).zip(&*sums) {
                let d = x - s;
                *q += d * d;
            }
        }
        merge((mean, squares), before, (sums, None), rows, after);
        before += rows;
    }
}

/// Merges the moments of `rows` rows into those of `before`; where their squares are already added, only what the
/// distance of the means contributes.
#[inline(always)]
pub(super) fn merge<T: Float>(
    into: (&mut [T], &mut [T]),
    before: usize,
    from: (&[T], Option<&[T]>),
    rows: usize,
    after: T,
) {
    let share = T::of(rows as f64) / after;
    let weight = T::of(before as f64) * share;
    for ((mean, squares), &other) in into.0.iter_mut().zip(&mut *into.1).zip(from.0) {
        let d = other - *mean;
        *mean += d * share;
        *squares += d * d * weight;
    }
    if let Some(other) = from.1 {
        into.1.iter_mut().zip(other).for_each(|(s, &o)| *s += o);
    }
}

multiversion! {
    /// For each column the sum of `dy`, and that of `dy · (x − mean)`.
    pub(super) fn slopes<T: Float>(sums: &mut [T], products: &mut [T], x: &[T], dy: &[T], mean: &[T]) {
        slopes_body(sums, products, x, dy, mean)
    }
}

#[inline(always)]
fn slopes_body<T: Float>(sums: &mut [T], products: &mut [T], x: &[T], dy: &[T], mean: &[T]) {
    let n = sums.len();
    sums.fill(T::ZERO);
    products.fill(T::ZERO);
    for (x, dy) in x.chunks_exact(n).zip(dy.chunks_exact(n)) {
        let sums = sums.iter_mut().zip(&mut *products);
        for (((s, p), (&x, &dy)), &m) in sums.zip(x.iter().zip(dy)).zip(mean) {
            *s += dy;
            *p += dy * (x - m);
        }
    }
}

multiversion! {
    /// `out = (x − mean) · scale + shift` in each column.
    pub(super) fn normalize<T: Float>(out: &mut [T], x: &[T], mean: &[T], scale: &[T], shift: &[T]) {
        let n = mean.len();
        for (out, x) in out.chunks_exact_mut(n).zip(x.chunks_exact(n)) {
            for ((o, &x), ((&m, &a), &b)) in out.iter_mut().zip(x).zip(mean.iter().zip(scale).zip(shift)) {
                *o = (x - m) * a + b;
            }
        }
    }
}

multiversion! {
    /// `dx = dy · a − (x − mean) · b − c` in each column.
    pub(super) fn slope<T: Float>(dx: &mut [T], x: &[T], dy: &[T], mean: &[T], a: &[T], b: &[T], c: &[T]) {
        let n = mean.len();
        let rows = dx.chunks_exact_mut(n).zip(x.chunks_exact(n).zip(dy.chunks_exact(n)));
        for (dx, (x, dy)) in rows {
            let columns = mean.iter().zip(a).zip(b.iter().zip(c));
            for ((o, (&x, &dy)), ((&m, &a), (&b, &c))) in dx.iter_mut().zip(x.iter().zip(dy)).zip(columns) {
                *o = dy * a - (x - m) * b - c;
            }
        }
    }
}
