//! Group normalization (Wu and He, 2018): mean and variance over all positions of an image and a group of channels.
//!
//! Each image is worked off alone: moments of its channels first, then those of the groups from them, then one pass
//! that brings the values to mean 0 and variance 1. Images are what threads share.

use super::columns::{moments, normalize, slope, slopes};
use super::inverse;
use crate::math::Float;
use crate::pool::{self, Parts};

/// The extents: images of `positions` and `channels`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Group {
    /// How many images there are.
    pub batch: usize,
    /// Positions of an image.
    pub positions: usize,
    /// How many channels there are.
    pub channels: usize,
    /// How many groups they are divided into.
    pub groups: usize,
    /// What is added to the variance.
    pub epsilon: f64,
}

impl Group {
    fn image(&self) -> usize {
        self.positions * self.channels
    }

    fn check(&self, lengths: &[usize], moments: usize, scale: Option<usize>, shift: Option<usize>) {
        let n = self.channels;
        assert!(
            self.groups > 0
                && n.is_multiple_of(self.groups)
                && lengths.iter().all(|&l| l == self.batch * self.image())
                && moments == 2 * self.batch * n
                && scale.is_none_or(|l| l == n)
                && shift.is_none_or(|l| l == n),
            "a normalization that does not fit"
        );
    }

    /// How many numbers of working memory both functions need.
    pub fn scratch_len(&self) -> usize {
        self.batch * 5 * self.channels
    }

    /// `out = (x − mean) / √(variance + ε) · scale + shift`; `kept` gets for each image the means and then the inverse
    /// roots of all channels, equal within a group.
    pub fn forward<T: Float>(
        &self,
        out: &mut [T],
        kept: &mut [T],
        x: &[T],
        scale: Option<&[T]>,
        shift: Option<&[T]>,
        scratch: &mut [T],
    ) {
        let (n, image) = (self.channels, self.image());
        self.check(&[out.len(), x.len()], kept.len(), scale.map(<[T]>::len), shift.map(<[T]>::len));
        if n == 0 {
            return;
        }
        let work = x.len() as u64 / 2;
        // Working memory of an image: mean and squares of its channels, sums, scale and shift.
        let stretch = 5 * n;
        pool::run_mut(&mut scratch[..self.batch * stretch], stretch, work, |i, part| {
            let (mean, rest) = part.split_at_mut(n);
            let (squares, rest) = rest.split_at_mut(n);
            let (sums, rest) = rest.split_at_mut(n);
            let (a, b) = rest.split_at_mut(n);
            moments(mean, squares, sums, &x[i * image..][..image]);
            self.merge(mean, squares);
            for c in 0..n {
                a[c] = squares[c] * scale.map_or(T::ONE, |s| s[c]);
                b[c] = shift.map_or(T::ZERO, |s| s[c]);
            }
        });
        let scratch = &*scratch;
        for (kept, part) in kept.chunks_exact_mut(2 * n).zip(scratch.chunks_exact(stretch)) {
            kept.copy_from_slice(&part[..2 * n]);
        }
        pool::run_mut(out, image, work / 2, |i, out| {
            let part = &scratch[i * stretch..][..stretch];
            normalize(out, &x[i * image..][..image], &part[..n], &part[3 * n..4 * n], &part[4 * n..]);
        });
    }

    /// From means and squares of channels to means and inverse roots of their groups.
    fn merge<T: Float>(&self, mean: &mut [T], squares: &mut [T]) {
        let size = self.channels / self.groups;
        let (members, positions) = (T::of(size as f64), T::of(self.positions as f64));
        for (mean, squares) in mean.chunks_exact_mut(size).zip(squares.chunks_exact_mut(size)) {
            let mut total = T::ZERO;
            mean.iter().for_each(|&m| total += m);
            let center = total / members;
            let mut sum = T::ZERO;
            for (&m, &s) in mean.iter().zip(&*squares) {
                sum += s + positions * ((m - center) * (m - center));
            }
            let variance = if self.positions == 0 { T::ZERO } else { sum / (members * positions) };
            mean.fill(center);
            squares.fill(inverse(variance, T::of(self.epsilon)));
        }
    }

    /// `dx`, and the gradients of scale and shift, from the values, what [`Group::forward`] kept, and the gradient of the
    /// result.
    #[allow(clippy::too_many_arguments, reason = "the operands of the formula")]
    pub fn gradient<T: Float>(
        &self,
        dx: &mut [T],
        dscale: &mut [T],
        dshift: &mut [T],
        x: &[T],
        dy: &[T],
        kept: &[T],
        scale: Option<&[T]>,
        scratch: &mut [T],
    ) {
        let (n, image) = (self.channels, self.image());
        self.check(&[dx.len(), x.len(), dy.len()], kept.len(), scale.map(<[T]>::len), Some(dshift.len()));
        assert!(dscale.len() == n, "a normalization that does not fit");
        dscale.fill(T::ZERO);
        dshift.fill(T::ZERO);
        if dx.is_empty() {
            return;
        }
        let work = x.len() as u64;
        let stretch = 5 * n;
        let scratch = &mut scratch[..self.batch * stretch];
        let target = Parts(dx.as_mut_ptr());
        pool::run_mut(scratch, stretch, work, |i, part| {
            let (mean, inverse) = kept[2 * i * n..][..2 * n].split_at(n);
            let (x, dy) = (&x[i * image..][..image], &dy[i * image..][..image]);
            let (sums, rest) = part.split_at_mut(n);
            let (products, rest) = rest.split_at_mut(n);
            slopes(sums, products, x, dy, mean);
            let (a, rest) = rest.split_at_mut(n);
            let (b, c) = rest.split_at_mut(n);
            self.coefficients([a, b, c], sums, products, inverse, scale);
            // SAFETY: images are apart and inside.
            let dx = unsafe { std::slice::from_raw_parts_mut(target.at(i * image), image) };
            slope(dx, x, dy, mean, a, b, c);
        });
        for (i, sums) in scratch.chunks_exact(stretch).enumerate() {
            let inverse = &kept[(2 * i + 1) * n..][..n];
            dshift.iter_mut().zip(sums).for_each(|(d, &s)| *d += s);
            for ((d, &p), &inverse) in dscale.iter_mut().zip(&sums[n..]).zip(inverse) {
                *d += p * inverse;
            }
        }
    }

    /// What [`slope`] takes, from the sums of each channel.
    fn coefficients<T: Float>(
        &self,
        [a, b, c]: [&mut [T]; 3],
        sums: &[T],
        products: &[T],
        inverse: &[T],
        scale: Option<&[T]>,
    ) {
        let size = self.channels / self.groups;
        let count = T::of((size * self.positions) as f64);
        let scale = |k: usize| scale.map_or(T::ONE, |s| s[k]);
        for first in (0..self.channels).step_by(size) {
            let (mut plain, mut along) = (T::ZERO, T::ZERO);
            for k in first..first + size {
                plain += scale(k) * sums[k];
                along += scale(k) * products[k];
            }
            for k in first..first + size {
                let inverse = inverse[k];
                a[k] = scale(k) * inverse;
                b[k] = along * inverse * inverse * inverse / count;
                c[k] = plain * inverse / count;
            }
        }
    }
}
