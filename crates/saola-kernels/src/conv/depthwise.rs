//! Convolution where each input channel is a group of its own.
//!
//! There is nothing to multiply matrices with: each output is a sum of as many products as the filter has taps.
//! The work is bound by loads, and goes along the channels, which are contiguous in source, filter and output. The
//! gradient of the input is the same loop with other taps. Where a channel has several outputs, plain loops serve.

use std::ops::Range;

use super::{Axis, Epilogue, Geometry};
use crate::lanes::{Job, Lanes, Vector, dispatch};
use crate::pool::{self, Parts};

/// Taps that are worked off together.
const TAPS: usize = 32;

/// `out = epilogue(convolution of x with filter)`.
pub(super) fn forward<T: Vector>(
    g: &Geometry,
    out: &mut [T],
    x: &[T],
    filter: &[T],
    epilogue: Epilogue<'_, T>,
) {
    assert!(
        out.len() == g.output_len() && x.len() == g.input_len(),
        "a convolution of slices that do not fit"
    );
    gather(&Gather { g, back: false, source: x, filter, epilogue }, out);
}

/// `dx`, the gradient of the input, from `dy`, the gradient of the output.
pub(super) fn input_gradient<T: Vector>(g: &Geometry, dx: &mut [T], dy: &[T], filter: &[T]) {
    assert!(
        dx.len() == g.input_len() && dy.len() == g.output_len(),
        "a convolution of slices that do not fit"
    );
    gather(&Gather { g, back: true, source: dy, filter, epilogue: Epilogue::NONE }, dx);
}

/// Every position as a sum over its taps.
#[derive(Clone, Copy)]
struct Gather<'a, T> {
    g: &'a Geometry,
    /// Whether this is the gradient of the input.
    back: bool,
    source: &'a [T],
    filter: &'a [T],
    epilogue: Epilogue<'a, T>,
}

fn gather<T: Vector>(of: &Gather<'_, T>, out: &mut [T]) {
    let (extent, channels) = match of.back {
        false => (of.g.axes.map(|a| a.output), of.g.outputs),
        true => (of.g.axes.map(|a| a.input), of.g.inputs),
    };
    let line = extent[2] * channels;
    if out.is_empty() {
        return;
    }
    let work = of.g.operations() / 8;
    let lines = (out.len() / line).div_ceil(64).max(4096usize.div_ceil(line));
    pool::run_mut(out, lines * line, work, |i, part| {
        dispatch(Lines { of: *of, extent, channels, first: i * lines, part });
    });
}

/// Some lines of the output.
struct Lines<'a, T> {
    of: Gather<'a, T>,
    extent: [usize; 3],
    channels: usize,
    first: usize,
    part: &'a mut [T],
}

impl<T: Vector> Job for Lines<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let [a, b, c] = self.extent;
        for (k, row) in self.part.chunks_exact_mut(self.channels).enumerate() {
            let line = self.first + k / c;
            self.of.position::<L>(row, line / (a * b), [line / b % a, line % b, k % c]);
        }
    }
}

impl<T: Vector> Gather<'_, T> {
    /// The source position on `axis` that tap `tap` of position `at` reads.
    #[inline(always)]
    fn read(&self, axis: &Axis, tap: usize, at: usize) -> Option<usize> {
        let shift = axis.shift(tap);
        if !self.back {
            let from = usize::try_from((at * axis.stride) as isize + shift).ok()?;
            return (from < axis.input).then_some(from);
        }
        let distance = usize::try_from(at as isize - shift).ok()?;
        let from = distance / axis.stride;
        (distance.is_multiple_of(axis.stride) && from < axis.output).then_some(from)
    }

    #[inline(always)]
    fn position<L: Lanes<T = T>>(&self, out: &mut [T], image: usize, at: [usize; 3]) {
        let g = self.g;
        let (extent, channels) = match self.back {
            false => (g.axes.map(|a| a.input), g.inputs),
            true => (g.axes.map(|a| a.output), g.outputs),
        };
        out.fill(T::ZERO);
        let mut taps = [(0, 0); TAPS];
        let mut count = 0;
        for i in 0..g.axes[0].window {
            let Some(x) = self.read(&g.axes[0], i, at[0]) else { continue };
            for j in 0..g.axes[1].window {
                let Some(y) = self.read(&g.axes[1], j, at[1]) else { continue };
                for k in 0..g.axes[2].window {
                    let Some(z) = self.read(&g.axes[2], k, at[2]) else { continue };
                    let source = (((image * extent[0] + x) * extent[1] + y) * extent[2] + z) * channels;
                    let tap = (i * g.axes[1].window + j) * g.axes[2].window + k;
                    taps[count] = (source, tap * g.outputs);
                    count += 1;
                    if count == TAPS {
                        self.add::<L>(out, &taps);
                        count = 0;
                    }
                }
            }
        }
        self.add::<L>(out, &taps[..count]);
        if let Some(bias) = self.epilogue.bias {
            out.iter_mut().zip(bias).for_each(|(o, &b)| *o += b);
        }
        if self.epilogue.relu {
            out.iter_mut().for_each(|o| *o = if *o < T::ZERO { T::ZERO } else { *o });
        }
    }

    /// Adds taps, given by their places in source and filter, to the channels of one position.
    #[inline(always)]
    fn add<L: Lanes<T = T>>(&self, out: &mut [T], taps: &[(usize, usize)]) {
        let (n, copies) = (out.len(), self.g.outputs / self.g.inputs);
        if copies > 1 {
            for &(source, filter) in taps {
                let wide = self.g.outputs;
                let row = &self.filter[filter..filter + wide];
                if self.back {
                    let from = self.source[source..source + wide].iter().zip(row);
                    from.enumerate().for_each(|(c, (&s, &f))| out[c / copies] = s.fused(f, out[c / copies]));
                } else {
                    let from = &self.source[source..source + self.g.inputs];
                    for (c, (o, &f)) in out.iter_mut().zip(row).enumerate() {
                        *o = from[c / copies].fused(f, *o);
                    }
                }
            }
            return;
        }
        let whole = n / L::N * L::N;
        let reads =
            |(source, filter): (usize, usize)| (&self.source[source..][..n], &self.filter[filter..][..n]);
        for c in (0..whole).step_by(L::N) {
            // SAFETY: the vectors are the processor's; `c` and the numbers behind it are inside of the slices.
            unsafe {
                let to = out.as_mut_ptr().add(c);
                let mut sum = L::load(to);
                for &tap in taps {
                    let (from, row) = reads(tap);
                    sum = L::load(from.as_ptr().add(c)).fma(L::load(row.as_ptr().add(c)), sum);
                }
                sum.store(to);
            }
        }
        for (c, o) in out.iter_mut().enumerate().skip(whole) {
            for &tap in taps {
                let (from, row) = reads(tap);
                *o = from[c].fused(row[c], *o);
            }
        }
    }
}

/// The gradients of the filter from each part of the positions, one behind the other; as many as fit into `out`.
pub(super) fn filter_gradients<T: Vector>(g: &Geometry, out: &mut [T], x: &[T], dy: &[T]) {
    let len = g.filter_len();
    let parts = out.len() / len;
    let lines = g.batch * g.axes[0].output * g.axes[1].output;
    let share = lines.div_ceil(parts);
    let target = Parts(out.as_mut_ptr());
    pool::run(parts, g.operations() / 8, |part| {
        // SAFETY: each part has a gradient of its own.
        let dw = unsafe { std::slice::from_raw_parts_mut(target.at(part * len), len) };
        let lines = (part * share).min(lines)..((part + 1) * share).min(lines);
        dispatch(Sums { g, dw, x, dy, lines });
    });
}

struct Sums<'a, T> {
    g: &'a Geometry,
    dw: &'a mut [T],
    x: &'a [T],
    dy: &'a [T],
    lines: Range<usize>,
}

impl<T: Vector> Job for Sums<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let Sums { g, dw, x, dy, lines } = self;
        dw.fill(T::ZERO);
        let [a, b, c] = &g.axes;
        let copies = g.outputs / g.inputs;
        for line in lines {
            let (image, i, j) = (line / (a.output * b.output), line / b.output % a.output, line % b.output);
            let output = line * c.output * g.outputs;
            for (tap, dw) in dw.chunks_exact_mut(g.outputs).enumerate() {
                let taps = [tap / (b.window * c.window), tap / c.window % b.window, tap % c.window];
                if !a.inside(taps[0]).contains(&i) || !b.inside(taps[1]).contains(&j) {
                    continue;
                }
                let place =
                    |axis: &Axis, at: usize, tap: usize| at * axis.stride + tap * axis.dilation - axis.before;
                let row = (image * a.input + place(a, i, taps[0])) * b.input + place(b, j, taps[1]);
                let inside = c.inside(taps[2]);
                if inside.is_empty() {
                    continue;
                }
                let first = (row * c.input + place(c, inside.start, taps[2])) * g.inputs;
                let x = &x[first..][..(inside.len() - 1) * c.stride * g.inputs + g.inputs];
                let dy = &dy[output + inside.start * g.outputs..][..inside.len() * g.outputs];
                add_line::<L>(dw, x, dy, c.stride * g.inputs, copies);
            }
        }
    }
}

/// `dw += Σ x · dy` over the positions of a line, which are `step` apart in `x`.
#[inline(always)]
fn add_line<L: Lanes>(dw: &mut [L::T], x: &[L::T], dy: &[L::T], step: usize, copies: usize) {
    let n = dw.len();
    let whole = if copies == 1 { n / L::N * L::N } else { 0 };
    for c in (0..whole).step_by(L::N) {
        // SAFETY: the vectors are the processor's; every position has `n` numbers in both slices, as the caller cut
        // them.
        unsafe {
            let to = dw.as_mut_ptr().add(c);
            let mut sum = L::load(to);
            for (k, dy) in dy.chunks_exact(n).enumerate() {
                let x = &x[k * step..][..n];
                sum = L::load(x.as_ptr().add(c)).fma(L::load(dy.as_ptr().add(c)), sum);
            }
            sum.store(to);
        }
    }
    for (c, dw) in dw.iter_mut().enumerate().skip(whole) {
        for (k, dy) in dy.chunks_exact(n).enumerate() {
            *dw = x[k * step + c / copies].fused(dy[c], *dw);
        }
    }
}
