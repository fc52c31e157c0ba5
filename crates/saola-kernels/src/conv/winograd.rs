//! Convolution with filters of three by three in fewer products (Winograd; Lavin and Gray, 2015: F(2×2, 3×3)).
//!
//! Two by two outputs of a channel see four by four inputs. Sums and differences of these inputs and of the filter's
//! elements turn 36 products into 16, one for each place of the square; for all channels these are 16 matrix
//! products of tiles by channels. What is saved on them is in part spent on the transforms, which go along the
//! channels: it pays from some 32 channels on, and for up to 256 inputs and outputs together, while a group of tiles
//! and its products stay in the second-level cache. Outputs at the lower and right border may be computed in vain.
//!
//! The filter's transform halves numbers and the other two only add, so that errors stay within about twice those of
//! plain sums; larger squares would save more and lose digits. In double precision, which is asked for where digits
//! matter, plain sums serve. An infinity or a NaN in the input spreads over the outputs of its tiles.

use std::ops::Range;

use super::product::{Matrices, Product};
use super::{Epilogue, Geometry};
use crate::lanes::{Job, Lanes, Vector, dispatch};
use crate::math::Float;
use crate::pool::{self, Parts};

/// Chunks of tiles, each with working memory of its own.
const CHUNKS: usize = 16;
/// Places of a tile.
const PLACES: usize = 16;
/// Numbers between the rows of one place and those of the next, so that the sixteen rows of a tile do not share the
/// same few lines of the cache.
const GAP: usize = 16;

/// The convolution, prepared.
#[derive(Clone, Debug)]
pub(super) struct Winograd {
    batch: usize,
    /// Extents of source and output, and how many zeros lie before the source.
    source: [usize; 2],
    out: [usize; 2],
    before: [usize; 2],
    inputs: usize,
    outputs: usize,
    /// Tiles that are worked off together.
    group: usize,
    product: Product,
}

impl Winograd {
    /// Prepares the convolution of stride 1, if its extents make it worth it.
    pub(super) fn new(g: &Geometry) -> Option<Winograd> {
        let [a, b, c] = g.axes;
        let plain = |axis: &super::Axis| axis.window == 3 && axis.stride == 1 && axis.dilation == 1;
        let fits = a.window == 1 && a.input == 1 && a.output == 1 && a.before == 0 && plain(&b) && plain(&c);
        let channels = g.inputs.is_multiple_of(16)
            && g.outputs.is_multiple_of(16)
            && g.inputs + g.outputs <= 256
            && g.inputs * g.outputs >= 1024;
        // The transforms cost about a third of the products.
        let tiles = b.output.div_ceil(2) * c.output.div_ceil(2);
        let worth = tiles * PLACES * 4 < b.output * c.output * 9 * 3 && g.batch * tiles >= 100;
        if !fits || !channels || !worth || g.groups != 1 {
            return None;
        }
        // A multiple of the rows of a block of sums.
        let group = if g.outputs >= 64 { 12 } else { 24 };
        let product = Product::of_matrix(group, g.inputs, g.outputs);
        Some(Winograd {
            batch: g.batch,
            source: [b.input, c.input],
            out: [b.output, c.output],
            before: [b.before, c.before],
            inputs: g.inputs,
            outputs: g.outputs,
            group,
            product,
        })
    }

    /// Numbers from the rows of one place to those of the next, for `n` channels.
    #[inline(always)]
    fn place_len(&self, n: usize) -> usize {
        self.group * n + GAP
    }

    fn tiles(&self) -> usize {
        self.batch * self.out[0].div_ceil(2) * self.out[1].div_ceil(2)
    }

    /// Numbers of one chunk's working memory: the transformed inputs and the products of a group of tiles.
    fn stretch(&self) -> usize {
        (self.place_len(self.inputs) + self.place_len(self.outputs)) * PLACES
    }

    /// How many numbers of working memory a run needs.
    pub(super) fn scratch_len(&self) -> usize {
        PLACES * (self.inputs * self.outputs + self.product.packed_len()) + CHUNKS * self.stretch()
    }

    /// `out = epilogue(convolution of x)`; `filter(tap, i, o)` is the place of an element in `weights`.
    pub(super) fn run<T: Vector>(
        &self,
        out: &mut [T],
        x: &[T],
        weights: &[T],
        filter: impl Fn(usize, usize, usize) -> usize + Sync,
        epilogue: Epilogue<'_, T>,
        scratch: &mut [T],
    ) {
        assert!(
            out.len() == self.batch * self.out[0] * self.out[1] * self.outputs
                && x.len() == self.batch * self.source[0] * self.source[1] * self.inputs
                && epilogue.bias.is_none_or(|b| b.len() == self.outputs),
            "a convolution of slices that do not fit"
        );
        let size = self.inputs * self.outputs;
        let (turned, rest) = scratch.split_at_mut(PLACES * size);
        let (packed, rest) = rest.split_at_mut(PLACES * self.product.packed_len());
        self.turn(turned, weights, filter);
        for (place, packed) in packed.chunks_exact_mut(self.product.packed_len()).enumerate() {
            self.product.pack(packed, &turned[place * size..][..size], 1, |_, step| step * self.outputs);
        }
        let (packed, tiles, target) = (&*packed, self.tiles(), Parts(out.as_mut_ptr()));
        // Whole groups of tiles for each chunk.
        let share = tiles.div_ceil(CHUNKS).next_multiple_of(self.group);
        let work = 2 * (tiles * PLACES * size) as u64 / 100;
        let rest = &mut rest[..tiles.div_ceil(share) * self.stretch()];
        pool::run_mut(rest, self.stretch(), work, |i, memory| {
            let (v, m) = memory.split_at_mut(PLACES * self.place_len(self.inputs));
            let all = i * share..tiles.min((i + 1) * share);
            for first in all.clone().step_by(self.group) {
                let range = first..all.end.min(first + self.group);
                dispatch(Inputs { of: self, v, x, tiles: range.clone() });
                dispatch(Matrices {
                    product: &self.product,
                    count: PLACES,
                    rows: range.len(),
                    out: m,
                    out_step: self.place_len(self.outputs),
                    source: v,
                    source_step: self.place_len(self.inputs),
                    packed,
                });
                dispatch(Outputs { of: self, out: &target, m, epilogue, tiles: range });
            }
        });
    }

    /// The filter's transform: for each place a matrix of inputs by outputs.
    fn turn<T: Float>(
        &self,
        turned: &mut [T],
        weights: &[T],
        filter: impl Fn(usize, usize, usize) -> usize + Sync,
    ) {
        let (outputs, size) = (self.outputs, self.inputs * self.outputs);
        let half = T::of(0.5);
        let line = |g: [T; 3]| {
            let (sides, middle) = ((g[0] + g[2]) * half, g[1] * half);
            [g[0], sides + middle, sides - middle, g[2]]
        };
        for k in 0..size {
            let (i, o) = (k / outputs, k % outputs);
            let g = |tap: usize| weights[filter(tap, i, o)];
            let columns = [line([g(0), g(3), g(6)]), line([g(1), g(4), g(7)]), line([g(2), g(5), g(8)])];
            for r in 0..4 {
                let row = line([columns[0][r], columns[1][r], columns[2][r]]);
                row.into_iter().enumerate().for_each(|(c, u)| turned[(4 * r + c) * size + k] = u);
            }
        }
    }

    /// Image and position of a tile.
    #[inline(always)]
    fn locate(&self, tile: usize) -> [usize; 3] {
        let [down, across] = self.out.map(|n| n.div_ceil(2));
        [tile / (down * across), tile / across % down, tile % across]
    }
}

/// The transform of the inputs of some tiles.
struct Inputs<'a, T> {
    of: &'a Winograd,
    v: &'a mut [T],
    x: &'a [T],
    tiles: Range<usize>,
}

impl<T: Vector> Job for Inputs<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let (of, n) = (self.of, self.of.inputs);
        let place = of.place_len(n);
        assert!(n.is_multiple_of(L::N) && self.v.len() >= PLACES * place && self.tiles.len() <= of.group);
        for (k, tile) in self.tiles.clone().enumerate() {
            let [image, i, j] = of.locate(tile);
            let start = [2 * i, 2 * j];
            let inside =
                (0..2).all(|a| start[a] >= of.before[a] && start[a] + 4 <= of.before[a] + of.source[a]);
            let from = if inside {
                let (row, column) = (start[0] - of.before[0], start[1] - of.before[1]);
                let line = of.source[1] * n;
                let first = (image * of.source[0] + row) * line + column * n;
                let square = self.x[first..first + 3 * line + 4 * n].as_ptr();
                let mut from = [square; PLACES];
                for (p, from) in from.iter_mut().enumerate() {
                    *from = from.wrapping_add(p / 4 * line + p % 4 * n);
                }
                from
            } else {
                self.reach(image, start)
            };
            for c in (0..n).step_by(L::N) {
                // SAFETY: `c` and the vector behind it are inside of the input's channels and of the tile's row of
                // each place, whose lengths were checked above.
                unsafe {
                    let mut d = [L::splat(T::ZERO); PLACES];
                    for (d, from) in d.iter_mut().zip(&from) {
                        if !from.is_null() {
                            *d = L::load(from.add(c));
                        }
                    }
                    let rows: [[L; 4]; 4] = [
                        line_in([d[0], d[4], d[8], d[12]]),
                        line_in([d[1], d[5], d[9], d[13]]),
                        line_in([d[2], d[6], d[10], d[14]]),
                        line_in([d[3], d[7], d[11], d[15]]),
                    ];
                    let all: [[L; 4]; 4] = [
                        line_in([rows[0][0], rows[1][0], rows[2][0], rows[3][0]]),
                        line_in([rows[0][1], rows[1][1], rows[2][1], rows[3][1]]),
                        line_in([rows[0][2], rows[1][2], rows[2][2], rows[3][2]]),
                        line_in([rows[0][3], rows[1][3], rows[2][3], rows[3][3]]),
                    ];
                    for (r, out) in all.into_iter().enumerate() {
                        for (q, out) in out.into_iter().enumerate() {
                            out.store(self.v.as_mut_ptr().add((4 * r + q) * place + k * n + c));
                        }
                    }
                }
            }
        }
    }
}

impl<T: Vector> Inputs<'_, T> {
    /// Where each of the four by four inputs from `start` on begins; null where one is outside.
    fn reach(&self, image: usize, start: [usize; 2]) -> [*const T; PLACES] {
        let (of, n) = (self.of, self.of.inputs);
        let mut from = [std::ptr::null(); PLACES];
        for (p, from) in from.iter_mut().enumerate() {
            let row = (start[0] + p / 4).checked_sub(of.before[0]).filter(|&r| r < of.source[0]);
            let column = (start[1] + p % 4).checked_sub(of.before[1]).filter(|&c| c < of.source[1]);
            if let (Some(row), Some(column)) = (row, column) {
                let at = ((image * of.source[0] + row) * of.source[1] + column) * n;
                *from = self.x[at..at + n].as_ptr();
            }
        }
        from
    }
}

/// # Safety
/// The vectors must be the processor's.
#[inline(always)]
unsafe fn line_in<L: Lanes>(d: [L; 4]) -> [L; 4] {
    // SAFETY: the caller's promise.
    unsafe { [d[0].sub(d[2]), d[1].add(d[2]), d[2].sub(d[1]), d[1].sub(d[3])] }
}

/// # Safety
/// The vectors must be the processor's.
#[inline(always)]
unsafe fn line_out<L: Lanes>(m: [L; 4]) -> [L; 2] {
    // SAFETY: the caller's promise.
    unsafe { [m[0].add(m[1]).add(m[2]), m[1].sub(m[2]).sub(m[3])] }
}

/// From the products of some tiles to the outputs.
struct Outputs<'a, T> {
    of: &'a Winograd,
    out: &'a Parts<T>,
    m: &'a [T],
    epilogue: Epilogue<'a, T>,
    tiles: Range<usize>,
}

impl<T: Vector> Job for Outputs<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let (of, n) = (self.of, self.of.outputs);
        let place = of.place_len(n);
        assert!(n.is_multiple_of(L::N) && self.m.len() >= PLACES * place && self.tiles.len() <= of.group);
        for (k, tile) in self.tiles.enumerate() {
            let [image, i, j] = of.locate(tile);
            let start = ((image * of.out[0] + 2 * i) * of.out[1] + 2 * j) * n;
            let (second_row, second_column) = (2 * i + 1 < of.out[0], 2 * j + 1 < of.out[1]);
            for c in (0..n).step_by(L::N) {
                // SAFETY: `c` and the vector behind it are inside of the tile's row of each place and of the channels
                // of each output; a tile's outputs belong to it alone, and those beyond the border are not written.
                unsafe {
                    let mut m = [L::splat(T::ZERO); PLACES];
                    for (p, m) in m.iter_mut().enumerate() {
                        *m = L::load(self.m.as_ptr().add(p * place + k * n + c));
                    }
                    let rows: [[L; 2]; 4] = [
                        line_out([m[0], m[4], m[8], m[12]]),
                        line_out([m[1], m[5], m[9], m[13]]),
                        line_out([m[2], m[6], m[10], m[14]]),
                        line_out([m[3], m[7], m[11], m[15]]),
                    ];
                    let all: [[L; 2]; 2] = [
                        line_out([rows[0][0], rows[1][0], rows[2][0], rows[3][0]]),
                        line_out([rows[0][1], rows[1][1], rows[2][1], rows[3][1]]),
                    ];
                    for (r, out) in all.into_iter().enumerate() {
                        for (q, mut y) in out.into_iter().enumerate() {
                            if let Some(bias) = self.epilogue.bias {
                                y = y.add(L::load(bias.as_ptr().add(c)));
                            }
                            if self.epilogue.relu {
                                y = y.relu();
                            }
                            if (r == 0 || second_row) && (q == 0 || second_column) {
                                y.store(self.out.at(start + (r * of.out[1] + q) * n + c));
                            }
                        }
                    }
                }
            }
        }
    }
}
