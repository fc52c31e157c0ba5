//! The gradient of a convolution's filter.
//!
//! `dw[tap, i, o] = Σ x[position + tap, i] · dy[position, o]` over all positions of all images: for each tap a
//! product of a few hundred rows and columns whose inner dimension is long. The block of sums is six input
//! channels by 64 output channels. Positions are taken in blocks of [`BLOCK`]: their part of `dy` is copied into
//! contiguous rows, once for all taps and input channels, and stays in the first-level cache. The source needs no
//! copy, since positions of a line lie at one distance from each other.
//!
//! Sums of a block start at zero and are then added to the gradient, so that the rounding error grows with the
//! number of blocks, not of positions. A small filter is computed in several parts of the positions, each with a
//! gradient of its own, which are added in their order; a large one is cut itself, and each chunk goes over all
//! positions. Both are decided by the shape alone.
//!
//! Where no window reaches over the border on the last axis, a row of the filter and its channels are contiguous in
//! the source, and are taken as the channels of one tap: for one or three channels this fills the block.

use std::ops::Range;

use super::{Axis, Geometry, depthwise};
use crate::lanes::{Job, Lanes, Vector, dispatch};
use crate::pool::{self, Parts};

/// The most positions of a block.
const BLOCK: usize = 128;
/// The widest row of sums.
const WIDE: usize = 64;
/// A filter of more numbers is cut itself.
const SMALL: usize = 1 << 16;
/// Input channels of one chunk of a large filter.
const CHANNELS: usize = 192;

/// The gradient of the filter, prepared for its extents.
#[derive(Clone, Debug)]
pub struct FilterGradient {
    geometry: Geometry,
    /// The channels of a tap that are contiguous, and the axes with as many taps as are left.
    depth: usize,
    axes: [Axis; 3],
    parts: usize,
    /// Positions of a line go in pieces of this many.
    piece: usize,
}

impl FilterGradient {
    /// Prepares the gradient of a convolution's filter.
    pub fn new(geometry: &Geometry) -> FilterGradient {
        geometry.check();
        let g = if geometry.is_depthwise() { *geometry } else { geometry.merged() };
        let mut axes = g.axes;
        let mut depth = g.group_inputs();
        let last = &mut axes[2];
        let fits = last.before == 0
            && last.dilation == 1
            && last.output.saturating_sub(1) * last.stride + last.window <= last.input;
        if fits && g.groups == 1 {
            depth *= last.window;
            last.window = 1;
        }
        let piece = g.axes[2].output.clamp(1, BLOCK);
        let positions = g.batch * g.axes.map(|a| a.output).iter().product::<usize>();
        let most = (positions / 256).clamp(1, if g.filter_len() < SMALL / 4 { 16 } else { 8 });
        let wanted = usize::try_from(g.operations() / 4_000_000).unwrap_or(most);
        let parts = if g.filter_len() > SMALL { 1 } else { wanted.clamp(1, most) };
        FilterGradient { geometry: g, depth, axes, parts, piece }
    }

    /// How many numbers of working memory a run needs.
    pub fn scratch_len(&self) -> usize {
        if self.parts == 1 { 0 } else { self.parts * self.geometry.filter_len() }
    }

    /// `dw`, the gradient of the filter, from the input `x` and the gradient of the output.
    pub fn run<T: Vector>(&self, dw: &mut [T], x: &[T], dy: &[T], scratch: &mut [T]) {
        let g = &self.geometry;
        assert!(
            dw.len() == g.filter_len() && x.len() == g.input_len() && dy.len() == g.output_len(),
            "a convolution of slices that do not fit"
        );
        if dw.is_empty() {
            return;
        }
        if self.parts == 1 {
            return self.sums(dw, x, dy);
        }
        let partial = &mut scratch[..self.parts * dw.len()];
        self.sums(partial, x, dy);
        let (partial, len) = (&*partial, dw.len());
        pool::run_mut(dw, 4096, (self.parts * len) as u64 / 4, |i, to| {
            let first = i * 4096;
            to.copy_from_slice(&partial[first..first + to.len()]);
            for part in 1..self.parts {
                let from = &partial[part * len + first..][..to.len()];
                to.iter_mut().zip(from).for_each(|(t, &f)| *t += f);
            }
        });
    }

    /// The gradients from each part of the positions, one behind the other.
    fn sums<T: Vector>(&self, out: &mut [T], x: &[T], dy: &[T]) {
        let g = &self.geometry;
        if g.is_depthwise() {
            return depthwise::filter_gradients(g, out, x, dy);
        }
        let taps = self.axes.map(|a| a.window).iter().product::<usize>();
        // A large filter is cut by taps, channels and columns; a small one only by groups.
        let whole = self.parts > 1;
        let columns = g.group_outputs();
        let across = if whole { 1 } else { columns.div_ceil(WIDE) };
        let down = if whole { 1 } else { taps * self.depth.div_ceil(CHANNELS) };
        let pieces = g.batch * self.axes[0].output * self.axes[1].output * self.per_line();
        let share = pieces.div_ceil(self.parts);
        let target = Parts(out.as_mut_ptr());
        pool::run(self.parts * g.groups * across * down, g.operations() / 100, |i| {
            let (i, c) = (i / across, i % across);
            let (i, d) = (i / down, i % down);
            let (part, group) = (i / g.groups, i % g.groups);
            let (taps, channels) = match whole {
                true => (0..taps, 0..self.depth),
                false => {
                    let (tap, first) = (d % taps, d / taps * CHANNELS);
                    (tap..tap + 1, first..(first + CHANNELS).min(self.depth))
                }
            };
            let columns = match whole {
                true => 0..columns,
                false => c * WIDE..((c + 1) * WIDE).min(columns),
            };
            let pieces = (part * share).min(pieces)..((part + 1) * share).min(pieces);
            let out = &target;
            dispatch(Chunk { of: self, out, x, dy, part, group, pieces, taps, channels, columns });
        });
    }

    fn per_line(&self) -> usize {
        self.axes[2].output.div_ceil(self.piece)
    }
}

/// Some taps, channels and columns of the gradient of one group, over some positions.
struct Chunk<'a, T> {
    of: &'a FilterGradient,
    out: &'a Parts<T>,
    x: &'a [T],
    dy: &'a [T],
    part: usize,
    group: usize,
    pieces: Range<usize>,
    taps: Range<usize>,
    channels: Range<usize>,
    columns: Range<usize>,
}

/// Positions of one line: which, and where they begin in the block.
#[derive(Clone, Copy, Default)]
struct Piece {
    /// Image and position on the first two axes.
    at: [usize; 3],
    /// Positions on the last axis.
    from: usize,
    to: usize,
    /// Where the first is in the block.
    place: usize,
}

/// Positions whose tap is inside: offset in the source, row of the block, how many.
#[derive(Clone, Copy, Default)]
struct Run {
    source: usize,
    row: usize,
    len: usize,
}

impl<T: Vector> Job for Chunk<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let g = &self.of.geometry;
        let rows = self.taps.start * self.of.depth + self.channels.start
            ..(self.taps.end - 1) * self.of.depth + self.channels.end;
        for row in rows {
            if (self.channels).contains(&(row % self.of.depth)) {
                let start = self.start(row) + self.columns.start;
                // SAFETY: these elements of the gradient belong to this chunk alone.
                unsafe { self.out.at(start).write_bytes(0, self.columns.len()) };
            }
        }
        debug_assert!(g.outputs > 0);
        let wide = L::N * L::ROW;
        let mut block = [T::ZERO; BLOCK * WIDE];
        let mut pieces = [Piece::default(); BLOCK];
        let mut next = self.pieces.start;
        while next < self.pieces.end {
            let (count, positions) = self.gather(&mut next, &mut pieces);
            let mut first = self.columns.start;
            while first < self.columns.end {
                let used = wide.min(self.columns.end - first);
                // SAFETY: the vectors are the processor's and the slices were checked by `FilterGradient::run`.
                unsafe {
                    match used.div_ceil(L::N) {
                        4 if const { L::ROW >= 4 } => {
                            self.panel::<L, 4>(&pieces[..count], positions, &mut block, first, used)
                        }
                        3 if const { L::ROW >= 3 } => {
                            self.panel::<L, 3>(&pieces[..count], positions, &mut block, first, used)
                        }
                        2 => self.panel::<L, 2>(&pieces[..count], positions, &mut block, first, used),
                        _ => self.panel::<L, 1>(&pieces[..count], positions, &mut block, first, used),
                    }
                }
                first += wide;
            }
        }
    }
}

impl<T: Vector> Chunk<'_, T> {
    /// Where row `row` of the filter's gradient begins for this part and group.
    #[inline(always)]
    fn start(&self, row: usize) -> usize {
        let g = &self.of.geometry;
        self.part * g.filter_len() + row * g.outputs + self.group * g.group_outputs()
    }

    fn piece(&self, number: usize) -> Piece {
        let [a, b, c] = self.of.axes;
        let (line, k) = (number / self.of.per_line(), number % self.of.per_line());
        let at = [line / (a.output * b.output), line / b.output % a.output, line % b.output];
        let from = k * self.of.piece;
        Piece { at, from, to: (from + self.of.piece).min(c.output), place: 0 }
    }

    /// Fills `pieces` with the next ones, of at most [`BLOCK`] positions: how many pieces and positions there are.
    #[inline(always)]
    fn gather(&self, next: &mut usize, pieces: &mut [Piece; BLOCK]) -> (usize, usize) {
        let (mut count, mut positions) = (0, 0);
        while *next < self.pieces.end {
            let piece = self.piece(*next);
            let len = piece.to - piece.from;
            if positions + len > BLOCK || count == BLOCK {
                break;
            }
            pieces[count] = Piece { place: positions, ..piece };
            count += 1;
            positions += len;
            *next += 1;
        }
        (count, positions)
    }

    /// Adds the products of a block of positions to `used` columns from `first` on, which are `C` vectors.
    ///
    /// # Safety
    /// The vectors must be the processor's and the slices must fit.
    #[inline(always)]
    unsafe fn panel<L: Lanes<T = T>, const C: usize>(
        &self,
        pieces: &[Piece],
        positions: usize,
        block: &mut [T; BLOCK * WIDE],
        first: usize,
        used: usize,
    ) {
        self.copy(pieces, block, C * L::N, first, used);
        debug_assert!(positions <= BLOCK);
        let mut runs = [Run::default(); BLOCK];
        for tap in self.taps.clone() {
            let count = self.runs(tap, pieces, &mut runs);
            let runs = &runs[..count];
            let mut channel = self.channels.start;
            while channel < self.channels.end {
                let start = self.start(tap * self.of.depth + channel) + first;
                // SAFETY: the caller's promise; the runs are inside of the source, and the rows of the gradient from
                // here on belong to this chunk.
                unsafe {
                    let x = self.x.as_ptr().add(self.group * self.of.geometry.group_inputs() + channel);
                    let to = self.out.at(start);
                    let block = block.as_ptr();
                    channel += match self.channels.end - channel {
                        6.. => self.add::<L, 6, C>(runs, x, block, to, used),
                        4.. => self.add::<L, 4, C>(runs, x, block, to, used),
                        3 => self.add::<L, 3, C>(runs, x, block, to, used),
                        2 => self.add::<L, 2, C>(runs, x, block, to, used),
                        _ => self.add::<L, 1, C>(runs, x, block, to, used),
                    };
                }
            }
        }
    }

    /// Copies the pieces' part of `dy` into rows of `wide` numbers.
    #[inline(always)]
    fn copy(&self, pieces: &[Piece], block: &mut [T; BLOCK * WIDE], wide: usize, first: usize, used: usize) {
        let g = &self.of.geometry;
        let [a, b, c] = self.of.axes;
        let column = self.group * g.group_outputs() + first;
        for piece in pieces {
            let line = (piece.at[0] * a.output + piece.at[1]) * b.output + piece.at[2];
            for (k, position) in (piece.from..piece.to).enumerate() {
                let from = &self.dy[(line * c.output + position) * g.outputs + column..][..used];
                let to = &mut block[(piece.place + k) * wide..][..wide];
                to[..used].copy_from_slice(from);
                to[used..].fill(T::ZERO);
            }
        }
    }

    /// Fills `runs` with the positions whose tap is inside: how many there are.
    #[inline(always)]
    fn runs(&self, tap: usize, pieces: &[Piece], runs: &mut [Run; BLOCK]) -> usize {
        let g = &self.of.geometry;
        let [a, b, c] = &self.of.axes;
        let taps = [tap / (b.window * c.window), tap / c.window % b.window, tap % c.window];
        let inside = [a.inside(taps[0]), b.inside(taps[1]), c.inside(taps[2])];
        let mut count = 0;
        for piece in pieces {
            let (from, to) = (piece.from.max(inside[2].start), piece.to.min(inside[2].end));
            if !inside[0].contains(&piece.at[1]) || !inside[1].contains(&piece.at[2]) || from >= to {
                continue;
            }
            let place =
                |axis: &Axis, at: usize, tap: usize| (at * axis.stride + tap * axis.dilation) - axis.before;
            let i = place(a, piece.at[1], taps[0]);
            let j = place(b, piece.at[2], taps[1]);
            let k = place(c, from, taps[2]);
            let source = (((piece.at[0] * a.input + i) * b.input + j) * c.input + k) * g.inputs;
            runs[count] = Run { source, row: piece.place + from - piece.from, len: to - from };
            count += 1;
        }
        count
    }

    /// Adds the products of `R` channels to `R` rows of the gradient: `R`.
    ///
    /// # Safety
    /// As [`Chunk::panel`]; `x` and `to` point to the first of `R` channels and rows.
    #[inline(always)]
    unsafe fn add<L: Lanes<T = T>, const R: usize, const C: usize>(
        &self,
        runs: &[Run],
        x: *const T,
        block: *const T,
        to: *mut T,
        used: usize,
    ) -> usize {
        let g = &self.of.geometry;
        let step = self.of.axes[2].stride * g.inputs;
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = [[L::splat(T::ZERO); C]; R];
            for run in runs {
                let mut from = x.add(run.source);
                let mut row = block.add(run.row * C * L::N);
                for _ in 0..run.len {
                    let dy = L::load_row::<C>(row);
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let x = L::splat(*from.add(r));
                        sums.iter_mut().zip(dy).for_each(|(sum, dy)| *sum = x.fma(dy, *sum));
                    }
                    from = from.wrapping_add(step);
                    row = row.wrapping_add(C * L::N);
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                let to = to.add(r * g.outputs);
                if used == C * L::N {
                    for (c, &sum) in sums.iter().enumerate() {
                        let to = to.add(c * L::N);
                        L::load(to).add(sum).store(to);
                    }
                } else {
                    let mut copy = [T::ZERO; WIDE];
                    (0..C).for_each(|c| sums[c].store(copy.as_mut_ptr().add(c * L::N)));
                    for (i, &sum) in copy[..used].iter().enumerate() {
                        *to.add(i) += sum;
                    }
                }
            }
        }
        R
    }
}
