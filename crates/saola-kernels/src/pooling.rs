//! Pooling: the largest or the mean of each window, and the gradients.
//!
//! Work goes along the channels, which come last: every step is a loop over contiguous numbers. Both directions are
//! bound by memory, so nothing is kept beside the values: the gradient of a maximum is given to the first element
//! of the window that equals it, found by comparing again, which reads what is in the cache anyway. The scatter of
//! a gradient stays inside one image, so images are what threads share. What windows reach outside of the input
//! does not count, neither for the largest nor for the mean.

use crate::conv::Axis;
use crate::math::Float;
use crate::multiversion;
use crate::pool;

/// Channels that are worked off together in the gradient of a maximum.
const LANES: usize = 32;

/// The extents: input `[batch, i0, i1, i2, channels]`, output `[batch, o0, o1, o2, channels]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Windows {
    /// How many images there are.
    pub batch: usize,
    /// The spatial axes, outermost first.
    pub axes: [Axis; 3],
    /// How many channels there are.
    pub channels: usize,
}

/// What becomes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Its largest element; −∞ where the window is outside of the input.
    Max,
    /// The mean of its elements inside of the input; 0 where there are none.
    Mean,
}

impl Windows {
    /// How many numbers the input has.
    pub fn input_len(&self) -> usize {
        self.batch * self.axes.map(|a| a.input).iter().product::<usize>() * self.channels
    }

    /// How many numbers the output has.
    pub fn output_len(&self) -> usize {
        self.batch * self.axes.map(|a| a.output).iter().product::<usize>() * self.channels
    }

    fn check(&self) {
        assert!(self.axes.iter().all(|a| a.stride > 0 && a.dilation > 0), "windows that do not move");
    }

    /// The work of one direction in nanoseconds.
    fn nanoseconds(&self) -> u64 {
        let taps = self.axes.map(|a| a.window).iter().product::<usize>();
        (self.output_len() * taps) as u64 / 8
    }

    /// Calls `each` with the place of every tap of output `at` that is inside of the image.
    #[inline(always)]
    fn taps(&self, at: [usize; 3], mut each: impl FnMut(usize)) {
        let [a, b, c] = &self.axes;
        let [first, second, third] = [inside(a, at[0]), inside(b, at[1]), inside(c, at[2])];
        let mut i = first.0;
        while i < first.1 {
            let mut j = second.0;
            while j < second.1 {
                let row = (i * b.input + j) * c.input;
                let mut k = third.0;
                while k < third.1 {
                    each((row + k) * self.channels);
                    k += c.dilation;
                }
                j += b.dilation;
            }
            i += a.dilation;
        }
    }

    /// How many taps of output `at` are inside of the image.
    #[inline(always)]
    fn count(&self, at: [usize; 3]) -> usize {
        let count = |a: usize| {
            let (first, end) = inside(&self.axes[a], at[a]);
            end.saturating_sub(first).div_ceil(self.axes[a].dilation)
        };
        count(0) * count(1) * count(2)
    }
}

/// The first input position of window `at` that is inside, and the end of those that are.
#[inline(always)]
fn inside(axis: &Axis, at: usize) -> (usize, usize) {
    let start = at * axis.stride;
    let skipped = axis.before.saturating_sub(start).div_ceil(axis.dilation);
    let first = start + skipped * axis.dilation - axis.before.min(start + skipped * axis.dilation);
    let end = (start + (axis.window - 1) * axis.dilation + 1).saturating_sub(axis.before);
    if skipped >= axis.window { (0, 0) } else { (first, end.min(axis.input)) }
}

/// `out` from `x`: each window's largest element or mean.
pub fn pool<T: Float>(of: Pooling, w: &Windows, out: &mut [T], x: &[T]) {
    w.check();
    assert!(out.len() == w.output_len() && x.len() == w.input_len(), "pooling of slices that do not fit");
    let line = w.axes[2].output * w.channels;
    if out.is_empty() {
        return;
    }
    let lines = (out.len() / line).div_ceil(64).max(4096usize.div_ceil(line));
    pool::run_mut(out, lines * line, w.nanoseconds(), |i, part| match of {
        Pooling::Max => max_lines(part, x, w, i * lines),
        Pooling::Mean => mean_lines(part, x, w, i * lines),
    });
}

/// The gradient of [`pool`] for the largest elements: `dx` from input, output and the output's gradient.
pub fn max_gradient<T: Float>(w: &Windows, dx: &mut [T], x: &[T], y: &[T], dy: &[T]) {
    w.check();
    let fits =
        dx.len() == w.input_len() && x.len() == dx.len() && dy.len() == w.output_len() && y.len() == dy.len();
    assert!(fits, "pooling of slices that do not fit");
    let (image, outputs) = (dx.len() / w.batch.max(1), dy.len() / w.batch.max(1));
    pool::run_mut(dx, image, w.nanoseconds() * 2, |n, dx| {
        let [x, y, dy] = [(x, image), (y, outputs), (dy, outputs)].map(|(s, len)| &s[n * len..][..len]);
        max_image(dx, x, y, dy, w);
    });
}

/// The gradient of [`pool`] for means: `dx` from the output's gradient.
pub fn mean_gradient<T: Float>(w: &Windows, dx: &mut [T], dy: &[T]) {
    w.check();
    assert!(dx.len() == w.input_len() && dy.len() == w.output_len(), "pooling of slices that do not fit");
    let (image, outputs) = (dx.len() / w.batch.max(1), dy.len() / w.batch.max(1));
    pool::run_mut(dx, image, w.nanoseconds(), |n, dx| {
        mean_image(dx, &dy[n * outputs..][..outputs], w);
    });
}

/// Calls `each` with the image, the position and the part of `out` of every output of lines that begin at `first`.
#[inline(always)]
fn each_output<T>(
    out: &mut [T],
    w: &Windows,
    first: usize,
    mut each: impl FnMut(usize, [usize; 3], &mut [T]),
) {
    let [a, b, c] = w.axes.map(|a| a.output);
    let line_len = c * w.channels;
    for (k, line) in out.chunks_exact_mut(line_len).enumerate() {
        let line_at = first + k;
        let (image, i, j) = (line_at / (a * b), line_at / b % a, line_at % b);
        for (k, out) in line.chunks_exact_mut(w.channels).enumerate() {
            each(image, [i, j, k], out);
        }
    }
}

multiversion! {
    fn max_lines<T: Float>(out: &mut [T], x: &[T], w: &Windows, first: usize) {
        let image_len = x.len() / w.batch;
        each_output(out, w, first, |image, at, out| {
            let x = &x[image * image_len..][..image_len];
            let mut fresh = true;
            w.taps(at, |place| {
                let x = &x[place..][..out.len()];
                if fresh {
                    out.copy_from_slice(x);
                } else {
                    out.iter_mut().zip(x).for_each(|(o, &x)| *o = x.larger(*o));
                }
                fresh = false;
            });
            if fresh {
                out.fill(T::NEG_INFINITY);
            }
        })
    }
}

multiversion! {
    fn mean_lines<T: Float>(out: &mut [T], x: &[T], w: &Windows, first: usize) {
        let image_len = x.len() / w.batch;
        each_output(out, w, first, |image, at, out| {
            let x = &x[image * image_len..][..image_len];
            out.fill(T::ZERO);
            w.taps(at, |place| out.iter_mut().zip(&x[place..]).for_each(|(o, &x)| *o += x));
            let count = T::of(w.count(at).max(1) as f64);
            out.iter_mut().for_each(|o| *o = *o / count);
        })
    }
}

multiversion! {
    fn max_image<T: Float>(dx: &mut [T], x: &[T], y: &[T], dy: &[T], w: &Windows) {
        dx.fill(T::ZERO);
        let [_, b, c] = w.axes.map(|a| a.output);
        for (k, (y, dy)) in y.chunks_exact(w.channels).zip(dy.chunks_exact(w.channels)).enumerate() {
            let at = [k / (b * c), k / c % b, k % c];
            for (block, (y, dy)) in y.chunks(LANES).zip(dy.chunks(LANES)).enumerate() {
                // What of the gradient has not found its element yet.
                let mut left = [T::ZERO; LANES];
                left[..dy.len()].copy_from_slice(dy);
                w.taps(at, |place| {
                    let place = place + block * LANES;
                    let (dx, x) = (&mut dx[place..][..dy.len()], &x[place..][..dy.len()]);
                    for (((dx, &x), &y), left) in dx.iter_mut().zip(x).zip(y).zip(&mut left) {
                        let hit = x == y || x.is_not_a_number();
                        *dx += if hit { *left } else { T::ZERO };
                        *left = if hit { T::ZERO } else { *left };
                    }
                });
            }
        }
    }
}

multiversion! {
    fn mean_image<T: Float>(dx: &mut [T], dy: &[T], w: &Windows) {
        dx.fill(T::ZERO);
        let [_, b, c] = w.axes.map(|a| a.output);
        for (k, dy) in dy.chunks_exact(w.channels).enumerate() {
            let at = [k / (b * c), k / c % b, k % c];
            let count = T::of(w.count(at).max(1) as f64);
            w.taps(at, |place| {
                dx[place..].iter_mut().zip(dy).for_each(|(dx, &dy)| *dx += dy / count);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use saola_tensor::Rng;

    /// The places that output `at` sees in its image, by looking at every tap.
    fn seen(w: &Windows, at: [usize; 3]) -> Vec<usize> {
        let mut places = Vec::new();
        let read = |a: usize, tap: usize| {
            let axis = w.axes[a];
            (at[a] * axis.stride + tap * axis.dilation).checked_sub(axis.before).filter(|&i| i < axis.input)
        };
        for i in 0..w.axes[0].window {
            for j in 0..w.axes[1].window {
                for k in 0..w.axes[2].window {
                    if let (Some(i), Some(j), Some(k)) = (read(0, i), read(1, j), read(2, k)) {
                        places.push(((i * w.axes[1].input + j) * w.axes[2].input + k) * w.channels);
                    }
                }
            }
        }
        places
    }

    fn axis(most: usize) -> impl Strategy<Value = Axis> {
        (1..=most, 1usize..=4, 1usize..=4, 1usize..=2, 0usize..=2).prop_map(
            |(input, window, stride, dilation, before)| {
                let room = (input + 2 * before).checked_sub((window - 1) * dilation + 1);
                Axis { input, output: room.map_or(0, |r| r / stride + 1), window, stride, dilation, before }
            },
        )
    }

    fn compare(w: &Windows, seed: u64) {
        let mut rng = Rng::new(seed, 3);
        // Few different numbers, so that windows have several largest ones.
        let x: Vec<f32> = (0..w.input_len()).map(|_| rng.below(7) as f32 - 3.0).collect();
        let dy: Vec<f32> = (0..w.output_len()).map(|_| rng.below(9) as f32 - 4.0).collect();
        let (mut y, mut mean) = (vec![0f32; dy.len()], vec![0f32; dy.len()]);
        let (mut dx, mut spread) = (vec![0f32; x.len()], vec![0f32; x.len()]);
        let outputs = w.axes.map(|a| a.output);
        let positions = outputs.iter().product::<usize>();
        for o in 0..w.batch * positions {
            let (image, p) = (o / positions, o % positions);
            let at = [p / (outputs[1] * outputs[2]), p / outputs[2] % outputs[1], p % outputs[2]];
            let start = image * (x.len() / w.batch);
            let places: Vec<usize> = seen(w, at).iter().map(|p| start + p).collect();
            for c in 0..w.channels {
                let g = dy[o * w.channels + c];
                let best = places.iter().map(|p| x[p + c]).fold(f32::NEG_INFINITY, f32::max);
                y[o * w.channels + c] = best;
                let n = places.len().max(1) as f32;
                mean[o * w.channels + c] = places.iter().map(|p| x[p + c]).sum::<f32>() / n;
                places.iter().for_each(|p| spread[p + c] += g / n);
                if let Some(p) = places.iter().find(|p| x[*p + c] == best) {
                    dx[p + c] += g;
                }
            }
        }
        let near = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| a == b || (a - b).abs() < 1e-4);
        let (mut out, mut back) = (vec![9f32; dy.len()], vec![9f32; x.len()]);
        pool(Pooling::Max, w, &mut out, &x);
        assert_eq!(out, y);
        max_gradient(w, &mut back, &x, &out, &dy);
        assert!(near(&back, &dx), "{back:?} {dx:?}");
        pool(Pooling::Mean, w, &mut out, &x);
        assert!(near(&out, &mean), "{out:?} {mean:?}");
        mean_gradient(w, &mut back, &dy);
        assert!(near(&back, &spread), "{back:?} {spread:?}");
    }

    proptest! {
        #[test]
        fn equals_the_plain_loops(a in axis(4), b in axis(6), c in axis(8), batch in 0usize..4, channels in 1usize..70, seed: u32) {
            compare(&Windows { batch, axes: [a, b, c], channels }, u64::from(seed));
            compare(&Windows { batch, axes: [Axis::NONE, b, c], channels }, u64::from(seed));
        }
    }

    #[test]
    fn a_number_that_is_none_spreads() {
        let axis = Axis { input: 4, output: 2, window: 2, stride: 2, dilation: 1, before: 0 };
        let w = Windows { batch: 1, axes: [Axis::NONE, Axis::NONE, axis], channels: 1 };
        let (x, mut y, mut dx) = ([1.0, f32::NAN, 3.0, 2.0], [0f32; 2], [0f32; 4]);
        pool(Pooling::Max, &w, &mut y, &x);
        assert!(y[0].is_nan() && y[1] == 3.0);
        max_gradient(&w, &mut dx, &x, &y, &[5.0, 7.0]);
        assert_eq!(dx, [0.0, 5.0, 7.0, 0.0]);
    }
}
