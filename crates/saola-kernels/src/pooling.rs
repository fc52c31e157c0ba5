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

/// Runs `$body` for the place of every tap of output `$at` that is inside of the image. A closure in its place would
/// be compiled apart from its caller, without the vectors that the caller was compiled for.
macro_rules! each_tap {
    ($w:expr, $at:expr, $place:ident => $body:expr) => {{
        let (w, at): (&Windows, [usize; 3]) = ($w, $at);
        let [a, b, c] = &w.axes;
        let [first, second, third] = [inside(a, at[0]), inside(b, at[1]), inside(c, at[2])];
        let mut i = first.0;
        while i < first.1 {
            let mut j = second.0;
            while j < second.1 {
                let row = (i * b.input + j) * c.input;
                let mut k = third.0;
                while k < third.1 {
                    let $place = (row + k) * w.channels;
                    $body;
                    k += c.dilation;
                }
                j += b.dilation;
            }
            i += a.dilation;
        }
    }};
}

/// Runs `$body` for blocks of channels, whose number is a constant: it then stays in registers.
macro_rules! each_block {
    ($channels:expr, $first:ident, $n:ident => $body:expr) => {{
        let mut $first = 0;
        while $first < $channels {
            match $channels - $first {
                32.. => {
                    const $n: usize = 32;
                    $body;
                    $first += $n;
                }
                8.. => {
                    const $n: usize = 8;
                    $body;
                    $first += $n;
                }
                _ => {
                    const $n: usize = 1;
                    $body;
                    $first += $n;
                }
            }
        }
    }};
}

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
    if axis.dilation == 1 {
        // Without a division, which would take longer than the window itself.
        let end = (start + axis.window).saturating_sub(axis.before).min(axis.input);
        return (start.max(axis.before) - axis.before, end);
    }
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

/// The gradient of [`pool()`] for the largest elements: `dx` from input, output and the output's gradient. With
/// `positive`, only elements above 0 get one: this is the gradient of what a ReLU made the input of.
pub fn max_gradient<T: Float>(w: &Windows, dx: &mut [T], x: &[T], y: &[T], dy: &[T], positive: bool) {
    w.check();
    let fits =
        dx.len() == w.input_len() && x.len() == dx.len() && dy.len() == w.output_len() && y.len() == dy.len();
    assert!(fits, "pooling of slices that do not fit");
    let (image, outputs) = (dx.len() / w.batch.max(1), dy.len() / w.batch.max(1));
    pool::run_mut(dx, image, w.nanoseconds() * 2, |n, dx| {
        let [x, y, dy] = [(x, image), (y, outputs), (dy, outputs)].map(|(s, len)| &s[n * len..][..len]);
        max_image(dx, x, y, dy, w, positive);
    });
}

/// The gradient of [`pool()`] for means: `dx` from the output's gradient.
pub fn mean_gradient<T: Float>(w: &Windows, dx: &mut [T], dy: &[T]) {
    w.check();
    assert!(dx.len() == w.input_len() && dy.len() == w.output_len(), "pooling of slices that do not fit");
    let (image, outputs) = (dx.len() / w.batch.max(1), dy.len() / w.batch.max(1));
    pool::run_mut(dx, image, w.nanoseconds(), |n, dx| {
        mean_image(dx, &dy[n * outputs..][..outputs], w);
    });
}

/// A walk over outputs: image and position.
struct Walk {
    image: usize,
    at: [usize; 3],
    extent: [usize; 3],
}

impl Walk {
    /// From the beginning of line `first` on.
    #[inline(always)]
    fn new(w: &Windows, first: usize) -> Walk {
        let extent = w.axes.map(|a| a.output);
        let [a, b, _] = extent.map(|n| n.max(1));
        Walk { image: first / (a * b), at: [first / b % a, first % b, 0], extent }
    }

    #[inline(always)]
    fn step(&mut self) {
        self.at[2] += 1;
        for axis in [2, 1, 0] {
            if self.at[axis] < self.extent[axis] {
                return;
            }
            self.at[axis] = 0;
            match axis {
                0 => self.image += 1,
                _ => self.at[axis - 1] += 1,
            }
        }
    }
}

/// The `N` numbers from `first` on.
#[inline(always)]
fn lanes<T: Float, const N: usize>(x: &[T], first: usize) -> [T; N] {
    let mut out = [T::ZERO; N];
    out.copy_from_slice(&x[first..first + N]);
    out
}

multiversion! {
    fn max_lines<T: Float>(out: &mut [T], x: &[T], w: &Windows, first: usize) {
        let image_len = x.len() / w.batch;
        let mut walk = Walk::new(w, first);
        for out in out.chunks_exact_mut(w.channels) {
            let at = walk.at;
            let x = &x[walk.image * image_len..][..image_len];
            walk.step();
            each_block!(w.channels, c, N => {
                let mut most = [T::NEG_INFINITY; N];
                each_tap!(w, at, place => {
                    let x = lanes::<T, N>(x, place + c);
                    for l in 0..N {
                        most[l] = x[l].larger(most[l]);
                    }
                });
                out[c..c + N].copy_from_slice(&most);
            });
        }
    }
}

multiversion! {
    fn mean_lines<T: Float>(out: &mut [T], x: &[T], w: &Windows, first: usize) {
        let image_len = x.len() / w.batch;
        let mut walk = Walk::new(w, first);
        for out in out.chunks_exact_mut(w.channels) {
            let at = walk.at;
            let x = &x[walk.image * image_len..][..image_len];
            walk.step();
            let count = T::of(w.count(at).max(1) as f64);
            each_block!(w.channels, c, N => {
                let mut sum = [T::ZERO; N];
                each_tap!(w, at, place => {
                    let x = lanes::<T, N>(x, place + c);
                    for l in 0..N {
                        sum[l] += x[l];
                    }
                });
                out[c..c + N].iter_mut().zip(&sum).for_each(|(o, &s)| *o = s / count);
            });
        }
    }
}

multiversion! {
    fn max_image<T: Float>(dx: &mut [T], x: &[T], y: &[T], dy: &[T], w: &Windows, positive: bool) {
        dx.fill(T::ZERO);
        let mut walk = Walk::new(w, 0);
        for (y, dy) in y.chunks_exact(w.channels).zip(dy.chunks_exact(w.channels)) {
            let at = walk.at;
            walk.step();
            each_block!(w.channels, c, N => {
                // What of the gradient has not found its element yet.
                let (y, mut left) = (lanes::<T, N>(y, c), lanes::<T, N>(dy, c));
                each_tap!(w, at, place => {
                    let x = lanes::<T, N>(x, place + c);
                    // New arrays instead of changes: what is written by a mask cannot be read back at once.
                    let (old, given) = (lanes::<T, N>(dx, place + c), left);
                    let hit = |l: usize| x[l] == y[l] || x[l].is_not_a_number();
                    let takes = |l: usize| hit(l) && (x[l] > T::ZERO || !positive);
                    let sum: [T; N] =
                        std::array::from_fn(|l| old[l] + if takes(l) { given[l] } else { T::ZERO });
                    left = std::array::from_fn(|l| if hit(l) { T::ZERO } else { given[l] });
                    dx[place + c..place + c + N].copy_from_slice(&sum);
                });
            });
        }
    }
}

multiversion! {
    fn mean_image<T: Float>(dx: &mut [T], dy: &[T], w: &Windows) {
        dx.fill(T::ZERO);
        let mut walk = Walk::new(w, 0);
        for dy in dy.chunks_exact(w.channels) {
            let at = walk.at;
            walk.step();
            let count = T::of(w.count(at).max(1) as f64);
            each_block!(w.channels, c, N => {
                let share = lanes::<T, N>(dy, c).map(|g| g / count);
                each_tap!(w, at, place => {
                    dx[place + c..][..N].iter_mut().zip(&share).for_each(|(dx, &g)| *dx += g);
                });
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
        max_gradient(w, &mut back, &x, &out, &dy, false);
        assert!(near(&back, &dx), "{back:?} {dx:?}");
        max_gradient(w, &mut back, &x, &out, &dy, true);
        dx.iter_mut().zip(&x).for_each(|(dx, &x)| *dx = if x > 0.0 { *dx } else { 0.0 });
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
        max_gradient(&w, &mut dx, &x, &y, &[5.0, 7.0], false);
        assert_eq!(dx, [0.0, 5.0, 7.0, 0.0]);
    }
}
