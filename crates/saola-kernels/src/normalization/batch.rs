//! Batch normalization in training (Ioffe and Szegedy, 2015).
//!
//! Forward reads the values twice, once for the moments and once to bring them to mean 0 and variance 1; backward
//! reads values and gradients twice. Rows are cut into at most [`CHUNKS`] chunks with sums of their own, which are
//! merged in their order.

use super::columns::{merge, moments, normalize, slope, slopes};
use super::inverse;
use crate::math::Float;
use crate::pool::{self, Parts};

/// The most chunks of rows.
const CHUNKS: usize = 64;
/// Numbers that are worth a chunk.
const GRAIN: usize = 1 << 14;

/// The extents: a matrix of `rows` and `channels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Positions of all images together.
    pub rows: usize,
    /// How many channels there are.
    pub channels: usize,
}

/// The gradients that [`Batch::gradient`] works out.
#[derive(Debug)]
pub struct Gradients<'a, T> {
    /// Of the values.
    pub x: &'a mut [T],
    /// Of the scale.
    pub scale: &'a mut [T],
    /// Of the shift.
    pub shift: &'a mut [T],
}

impl Batch {
    /// Rows of one chunk.
    fn share(&self) -> usize {
        self.rows.div_ceil(CHUNKS).max(GRAIN.div_ceil(self.channels.max(1)))
    }

    fn chunks(&self) -> usize {
        self.rows.div_ceil(self.share().max(1)).max(1)
    }

    /// How many numbers of working memory each of the functions needs.
    pub fn scratch_len(&self) -> usize {
        (3 * self.chunks() + 3) * self.channels
    }

    fn len(&self) -> usize {
        self.rows * self.channels
    }

    /// The mean of each channel of `x`, and its variance: the mean of squared differences from the mean. Both are 0
    /// where there are no rows.
    pub fn moments<T: Float>(&self, mean: &mut [T], variance: &mut [T], x: &[T], scratch: &mut [T]) {
        let (n, share) = (self.channels, self.share() * self.channels);
        assert!(x.len() == self.len() && mean.len() == n && variance.len() == n, "moments that do not fit");
        mean.fill(T::ZERO);
        variance.fill(T::ZERO);
        if x.is_empty() {
            return;
        }
        pool::run_mut(&mut scratch[..3 * n * self.chunks()], 3 * n, x.len() as u64 / 4, |i, part| {
            let (mean, rest) = part.split_at_mut(n);
            let (squares, sums) = rest.split_at_mut(n);
            moments(mean, squares, sums, &x[i * share..x.len().min((i + 1) * share)]);
        });
        let mut before = 0;
        for part in scratch.chunks_exact(3 * n).take(self.chunks()) {
            let rows = self.share().min(self.rows - before);
            let after = T::of((before + rows) as f64);
            merge((mean, variance), before, (&part[..n], Some(&part[n..2 * n])), rows, after);
            before += rows;
        }
        let count = T::of(self.rows as f64);
        variance.iter_mut().for_each(|v| *v = *v / count);
    }

    /// `out = (x − mean) / √(variance + ε) · scale + shift`; scale 1 and shift 0 where they are missing.
    #[allow(clippy::too_many_arguments, reason = "the operands of the formula")]
    pub fn normalize<T: Float>(
        &self,
        out: &mut [T],
        x: &[T],
        mean: &[T],
        variance: &[T],
        scale: Option<&[T]>,
        shift: Option<&[T]>,
        epsilon: f64,
        scratch: &mut [T],
    ) {
        let n = self.channels;
        let fits = |p: &[T]| p.len() == n;
        let all = fits(mean) && fits(variance) && scale.is_none_or(fits) && shift.is_none_or(fits);
        assert!(all && out.len() == self.len() && x.len() == out.len(), "a normalization that does not fit");
        let (a, b) = scratch[..2 * n].split_at_mut(n);
        for (c, (a, b)) in a.iter_mut().zip(b.iter_mut()).enumerate() {
            *a = scale.map_or(T::ONE, |s| s[c]) * inverse(variance[c], T::of(epsilon));
            *b = shift.map_or(T::ZERO, |s| s[c]);
        }
        let (a, b, share) = (&*a, &*b, self.share() * n);
        pool::run_mut(out, share, x.len() as u64 / 4, |i, out| {
            normalize(out, &x[i * share..][..out.len()], mean, a, b);
        });
    }

    /// The gradients, from the values, their moments and the gradient of the result. The moments are functions of
    /// the values.
    #[allow(clippy::too_many_arguments, reason = "the operands of the formula")]
    pub fn gradient<T: Float>(
        &self,
        gradients: Gradients<'_, T>,
        x: &[T],
        dy: &[T],
        mean: &[T],
        variance: &[T],
        scale: Option<&[T]>,
        epsilon: f64,
        scratch: &mut [T],
    ) {
        let Gradients { x: dx, scale: dscale, shift: dshift } = gradients;
        let (n, share) = (self.channels, self.share() * self.channels);
        let fits = dscale.len() == n
            && dshift.len() == n
            && mean.len() == n
            && variance.len() == n
            && scale.is_none_or(|s| s.len() == n)
            && [dx.len(), dy.len(), x.len()] == [self.len(); 3];
        assert!(fits, "a normalization that does not fit");
        dscale.fill(T::ZERO);
        dshift.fill(T::ZERO);
        if x.is_empty() {
            return;
        }
        let (partial, rest) = scratch.split_at_mut(2 * n * self.chunks());
        pool::run_mut(partial, 2 * n, x.len() as u64 / 3, |i, part| {
            let range = i * share..x.len().min((i + 1) * share);
            let (sums, products) = part.split_at_mut(n);
            slopes(sums, products, &x[range.clone()], &dy[range], mean);
        });
        for part in partial.chunks_exact(2 * n) {
            dshift.iter_mut().zip(&part[..n]).for_each(|(s, &p)| *s += p);
            dscale.iter_mut().zip(&part[n..]).for_each(|(s, &p)| *s += p);
        }
        let (a, rest) = rest.split_at_mut(n);
        let (b, rest) = rest.split_at_mut(n);
        let c = &mut rest[..n];
        let count = T::of(self.rows as f64);
        for k in 0..n {
            let inverse = inverse(variance[k], T::of(epsilon));
            a[k] = scale.map_or(T::ONE, |s| s[k]) * inverse;
            b[k] = a[k] * inverse * inverse * dscale[k] / count;
            c[k] = a[k] * dshift[k] / count;
            dscale[k] = dscale[k] * inverse;
        }
        let (a, b, c) = (&*a, &*b, &*c);
        let target = Parts(dx.as_mut_ptr());
        pool::run(self.chunks(), x.len() as u64 / 3, |i| {
            let range = i * share..x.len().min((i + 1) * share);
            // SAFETY: chunks of rows are apart and inside.
            let dx = unsafe { std::slice::from_raw_parts_mut(target.at(range.start), range.len()) };
            slope(dx, &x[range.clone()], &dy[range], mean, a, b, c);
        });
    }
}
