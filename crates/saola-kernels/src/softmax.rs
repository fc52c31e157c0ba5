//! Softmax and its logarithm over rows.
//!
//! The largest element of a row is subtracted first, so that no exponential overflows and at least one is 1.

use crate::math::Float;
use crate::multiversion;
use crate::pool;

/// `out = e^(x − max) / Σ e^(x − max)` for each row of `n`.
pub fn softmax<T: Float>(out: &mut [T], x: &[T], n: usize) {
    each_row(out, x, n, softmax_rows);
}

/// `out = x − max − ln Σ e^(x − max)` for each row of `n`.
pub fn log_softmax<T: Float>(out: &mut [T], x: &[T], n: usize) {
    each_row(out, x, n, log_softmax_rows);
}

/// The gradient of [`softmax`] with result `y`: `dx = (dy − Σ dy·y) · y` for each row of `n`.
pub fn softmax_gradient<T: Float>(dx: &mut [T], y: &[T], dy: &[T], n: usize) {
    assert!(dx.len() == y.len() && dx.len() == dy.len(), "rows of different lengths");
    for ((dx, y), dy) in dx.chunks_mut(n.max(1)).zip(y.chunks(n.max(1))).zip(dy.chunks(n.max(1))) {
        let mut dot = T::ZERO;
        y.iter().zip(dy).for_each(|(&y, &d)| dot += y * d);
        dx.iter_mut().zip(y.iter().zip(dy)).for_each(|(o, (&y, &d))| *o = (d - dot) * y);
    }
}

/// The gradient of [`log_softmax`] with result `y`: `dx = dy − e^y · Σ dy` for each row of `n`.
pub fn log_softmax_gradient<T: Float>(dx: &mut [T], y: &[T], dy: &[T], n: usize) {
    assert!(dx.len() == y.len() && dx.len() == dy.len(), "rows of different lengths");
    for ((dx, y), dy) in dx.chunks_mut(n.max(1)).zip(y.chunks(n.max(1))).zip(dy.chunks(n.max(1))) {
        let mut sum = T::ZERO;
        dy.iter().for_each(|&d| sum += d);
        dx.iter_mut().zip(y.iter().zip(dy)).for_each(|(o, (&y, &d))| *o = d - y.exp() * sum);
    }
}

fn each_row<T: Float>(out: &mut [T], x: &[T], n: usize, rows: fn(&mut [T], &[T], usize)) {
    assert!(out.len() == x.len(), "rows of different lengths");
    if n == 0 {
        return;
    }
    let chunk = (4096 / n).max(1) * n;
    pool::run_mut(out, chunk, x.len() as u64, |i, part| rows(part, &x[i * chunk..][..part.len()], n));
}

multiversion! {
    fn softmax_rows<T: Float>(out: &mut [T], x: &[T], n: usize) {
        exponentials(out, x, n);
        for out in out.chunks_mut(n) {
            let factor = T::ONE / sum(out);
            out.iter_mut().for_each(|o| *o = *o * factor);
        }
    }
}

multiversion! {
    fn log_softmax_rows<T: Float>(out: &mut [T], x: &[T], n: usize) {
        exponentials(out, x, n);
        for (out, x) in out.chunks_mut(n).zip(x.chunks(n)) {
            // Taking the largest away first keeps the digits that a large one would swallow.
            let (max, log) = (largest(x), sum(out).ln());
            out.iter_mut().zip(x).for_each(|(o, &x)| *o = (x - max) - log);
        }
    }
}

/// `out = e^(x − max)` for each row of `n`. The exponentials of all rows are one loop: rows may be short.
#[inline(always)]
pub(crate) fn exponentials<T: Float>(out: &mut [T], x: &[T], n: usize) {
    for (out, x) in out.chunks_mut(n).zip(x.chunks(n)) {
        let max = largest(x);
        out.iter_mut().zip(x).for_each(|(o, &x)| *o = x - max);
    }
    // A loop and not a closure, which would be too long to be inlined and so compiled for the level.
    for o in out {
        *o = o.exp();
    }
}

/// Partial results of a row, so that its elements need not wait for one another.
const LANES: usize = 16;

/// The largest element of a row.
#[inline(always)]
pub(crate) fn largest<T: Float>(x: &[T]) -> T {
    let mut lanes = [T::NEG_INFINITY; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        (0..LANES).for_each(|l| lanes[l] = lanes[l].larger(block[l]));
    }
    rest.iter().enumerate().for_each(|(l, &x)| lanes[l] = lanes[l].larger(x));
    lanes.iter().fold(T::NEG_INFINITY, |m, &x| m.larger(x))
}

/// The sum of a row.
#[inline(always)]
pub(crate) fn sum<T: Float>(x: &[T]) -> T {
    let mut lanes = [T::ZERO; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        (0..LANES).for_each(|l| lanes[l] += block[l]);
    }
    rest.iter().enumerate().for_each(|(l, &x)| lanes[l] += x);
    let mut width = LANES / 2;
    while width > 0 {
        (0..width).for_each(|l| lanes[l] += lanes[l + width]);
        width /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_sum_to_one_and_survive_large_numbers() {
        let x = [1.0f32, 2.0, 3.0, 1000.0, 1000.0, -1000.0];
        let mut y = [0f32; 6];
        softmax(&mut y, &x, 3);
        assert!((y[..3].iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert_eq!(y[3..], [0.5, 0.5, 0.0]);
        let mut log = [0f32; 6];
        log_softmax(&mut log, &x, 3);
        assert!((log[0] - y[0].ln()).abs() < 1e-6);
        assert_eq!(log[5], -2000.0 - 2f32.ln());
    }
}
