//! Normalization of rows: by mean and variance (layer normalization; Ba, Kiros and Hinton, 2016), or by the root mean
//! square alone (Zhang and Sennrich, 2019).
//!
//! A row is read once into the cache and looked at three times. Sums along a row are taken in 16 lanes, so that they
//! vectorize and give the same bits for any width of vectors. Mean and inverse deviation of each row are kept for
//! the gradient.

use crate::math::Float;
use crate::multiversion;
use crate::pool::{self, Parts};

/// The most chunks of rows with sums of their own.
const CHUNKS: usize = 64;
/// Partial sums along a row.
const LANES: usize = 16;

/// The extents: `rows` of `columns`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Layer {
    /// How many rows there are.
    pub rows: usize,
    /// How many numbers each has.
    pub columns: usize,
    /// Whether the mean is taken away first.
    pub center: bool,
    /// What is added to the variance.
    pub epsilon: f64,
}

impl Layer {
    fn share(&self) -> usize {
        self.rows.div_ceil(CHUNKS).max(4096usize.div_ceil(self.columns.max(1)))
    }

    fn chunks(&self) -> usize {
        self.rows.div_ceil(self.share().max(1)).max(1)
    }

    fn nanoseconds(&self) -> u64 {
        (self.rows * self.columns) as u64 / 2
    }

    /// How many numbers of working memory [`Layer::gradient`] needs.
    pub fn scratch_len(&self) -> usize {
        self.chunks() * 2 * self.columns
    }

    /// `out = (x − mean) / √(variance + ε) · scale + shift` in each row; `moments` gets the mean and the inverse of the
    /// root of each row.
    pub fn forward<T: Float>(
        &self,
        out: &mut [T],
        moments: &mut [T],
        x: &[T],
        scale: Option<&[T]>,
        shift: Option<&[T]>,
    ) {
        let (n, share) = (self.columns, self.share());
        let fits = |p: &[T]| p.len() == n;
        assert!(
            [out.len(), x.len(), moments.len()] == [self.rows * n, self.rows * n, self.rows * 2]
                && scale.is_none_or(fits)
                && shift.is_none_or(fits),
            "a normalization that does not fit"
        );
        if n == 0 {
            return moments.fill(T::ZERO);
        }
        pool::run_mut(moments, 2 * share, self.nanoseconds() / 2, |i, moments| {
            row_moments(moments, &x[i * share * n..][..moments.len() / 2 * n], self);
        });
        let moments = &*moments;
        pool::run_mut(out, share * n, self.nanoseconds() / 2, |i, out| {
            let (x, moments) =
                (&x[i * share * n..][..out.len()], &moments[2 * i * share..][..out.len() / n * 2]);
            apply(out, x, moments, scale, shift);
        });
    }

    /// `dx`, and the gradients of scale and shift, from the values, what [`Layer::forward`] kept, and the gradient of the
    /// result.
    #[allow(clippy::too_many_arguments, reason = "the operands of the formula")]
    pub fn gradient<T: Float>(
        &self,
        dx: &mut [T],
        dscale: &mut [T],
        dshift: &mut [T],
        x: &[T],
        dy: &[T],
        moments: &[T],
        scale: Option<&[T]>,
        scratch: &mut [T],
    ) {
        let (n, share) = (self.columns, self.share());
        assert!(
            [dx.len(), dy.len(), x.len()] == [self.rows * n; 3]
                && moments.len() == 2 * self.rows
                && [dscale.len(), dshift.len()] == [n; 2]
                && scale.is_none_or(|s| s.len() == n),
            "a normalization that does not fit"
        );
        dscale.fill(T::ZERO);
        dshift.fill(T::ZERO);
        if dx.is_empty() {
            return;
        }
        let scratch = &mut scratch[..self.chunks() * 2 * n];
        let target = Parts(dx.as_mut_ptr());
        pool::run_mut(scratch, 2 * n, self.nanoseconds() * 2, |i, sums| {
            let first = i * share * n;
            let len = (share * n).min(x.len() - first);
            let moments = &moments[2 * i * share..][..len / n * 2];
            // SAFETY: chunks of rows are apart and inside.
            let dx = unsafe { std::slice::from_raw_parts_mut(target.at(first), len) };
            back(dx, sums, &x[first..][..len], &dy[first..][..len], moments, scale, self);
        });
        for part in scratch.chunks_exact(2 * n) {
            dscale.iter_mut().zip(&part[..n]).for_each(|(s, &p)| *s += p);
            dshift.iter_mut().zip(&part[n..]).for_each(|(s, &p)| *s += p);
        }
    }
}

/// The sum of `f` of every pair, in lanes.
#[inline(always)]
fn sum<T: Float>(a: &[T], b: &[T], f: impl Fn(T, T) -> T) -> T {
    let mut lanes = [T::ZERO; LANES];
    let whole = a.len() / LANES * LANES;
    for (a, b) in a[..whole].chunks_exact(LANES).zip(b[..whole].chunks_exact(LANES)) {
        (0..LANES).for_each(|l| lanes[l] += f(a[l], b[l]));
    }
    for (l, (&a, &b)) in a[whole..].iter().zip(&b[whole..]).enumerate() {
        lanes[l] += f(a, b);
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        (0..width).for_each(|l| lanes[l] += lanes[l + width]);
    }
    lanes[0]
}

multiversion! {
    fn row_moments<T: Float>(moments: &mut [T], x: &[T], of: &Layer) {
        let count = T::of(of.columns as f64);
        for (x, moments) in x.chunks_exact(of.columns).zip(moments.chunks_exact_mut(2)) {
            let mean = if of.center { sum(x, x, |x, _| x) / count } else { T::ZERO };
            let variance = sum(x, x, |x, _| (x - mean) * (x - mean)) / count;
            moments[0] = mean;
            moments[1] = super::inverse(variance, T::of(of.epsilon));
        }
    }
}

multiversion! {
    fn apply<T: Float>(out: &mut [T], x: &[T], moments: &[T], scale: Option<&[T]>, shift: Option<&[T]>) {
        let n = x.len() * 2 / moments.len().max(1);
        let rows = out.chunks_exact_mut(n).zip(x.chunks_exact(n)).zip(moments.chunks_exact(2));
        for ((out, x), moments) in rows {
            let (mean, inverse) = (moments[0], moments[1]);
            out.iter_mut().zip(x).for_each(|(o, &x)| *o = (x - mean) * inverse);
            if let Some(scale) = scale {
                out.iter_mut().zip(scale).for_each(|(o, &s)| *o = *o * s);
            }
            if let Some(shift) = shift {
                out.iter_mut().zip(shift).for_each(|(o, &s)| *o += s);
            }
        }
    }
}

multiversion! {
    fn back<T: Float>(dx: &mut [T], sums: &mut [T], x: &[T], dy: &[T], moments: &[T], scale: Option<&[T]>, of: &Layer) {
        back_body(dx, sums, x, dy, moments, scale, of)
    }
}

#[inline(always)]
fn back_body<T: Float>(
    dx: &mut [T],
    sums: &mut [T],
    x: &[T],
    dy: &[T],
    moments: &[T],
    scale: Option<&[T]>,
    of: &Layer,
) {
    let n = of.columns;
    let count = T::of(n as f64);
    sums.fill(T::ZERO);
    let (dscale, dshift) = sums.split_at_mut(n);
    let rows = dx.chunks_exact_mut(n).zip(x.chunks_exact(n).zip(dy.chunks_exact(n)));
    for ((dx, (x, dy)), moments) in rows.zip(moments.chunks_exact(2)) {
        let (mean, inverse) = (moments[0], moments[1]);
        for ((ds, db), (&x, &dy)) in dscale.iter_mut().zip(&mut *dshift).zip(x.iter().zip(dy)) {
            *ds += dy * (x - mean) * inverse;
            *db += dy;
        }
        // The gradient of the normalized row.
        match scale {
            Some(scale) => dx.iter_mut().zip(dy.iter().zip(scale)).for_each(|(g, (&dy, &s))| *g = dy * s),
            None => dx.copy_from_slice(dy),
        }
        let plain = if of.center { sum(dx, dx, |g, _| g) / count } else { T::ZERO };
        let along = sum(dx, x, |g, x| g * (x - mean)) * inverse * inverse / count;
        for (g, &x) in dx.iter_mut().zip(x) {
            *g = (*g - plain - (x - mean) * along) * inverse;
        }
    }
}
