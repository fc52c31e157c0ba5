//! A part of a product that one thread computes.
//!
//! The columns are taken in panels as wide as a block of sums, the inner dimension in stretches of at most [`DEPTH`]
//! steps, so that a panel's part of the right side stays in the second-level cache while it meets all rows.
//!
//! Whether that part is copied together first depends on how often it is read. A row-major right side can be read
//! where it is, and is for few rows, which is the batch of a small network: copying it would cost as much as the
//! product. For many rows the copy is contiguous, and needs no more than one entry of the table of pages for many
//! steps. A right side that is stored with rows and columns exchanged has no vectors to load, and is always copied.
//! The copy is in memory that each thread keeps.
//!
//! With one to three rows the sums of more columns fit into the registers; the panels are wider then, which reads the
//! right side in longer stretches.

use std::cell::UnsafeCell;
use std::ops::Range;

use super::{Scale, View};
use crate::lanes::{Job, Lanes, Vector};
use crate::pool::Parts;
use crate::tile::{Right, add_steps, fetch, put, zero};

/// The most steps between two visits to the output.
const DEPTH: usize = 512;
/// A row-major right side is copied for more rows than this.
const READ_IN_PLACE: usize = 96;
/// The most bytes of a packed part: `DEPTH` steps of four vectors.
const PACKED: usize = DEPTH * 4 * 64;

/// Memory for one packed part.
#[repr(align(64))]
struct Packed(UnsafeCell<[u8; PACKED]>);

thread_local! {
    static PACK: Box<Packed> = Box::new(Packed(UnsafeCell::new([0; PACKED])));
}

/// Where this thread packs.
pub(super) fn packing_memory<T>() -> *mut T {
    PACK.with(|p| p.0.get().cast())
}

/// The part: some rows and some columns.
pub(super) struct Block<'a, T> {
    pub(super) out: &'a Parts<T>,
    pub(super) a: View<'a, T>,
    pub(super) b: View<'a, T>,
    pub(super) scale: Scale<T>,
    pub(super) rows: Range<usize>,
    pub(super) columns: Range<usize>,
    /// What [`packing_memory`] gives on this thread.
    pub(super) packed: *mut T,
}

impl<T: Vector> Job for Block<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let in_place = self.b.column == 1 && self.rows.len() <= READ_IN_PLACE;
        let most = match self.rows.len() {
            1 if in_place => 4 * L::ROW,
            2 | 3 if in_place => 2 * L::ROW,
            _ => L::ROW,
        };
        let mut first = self.columns.start;
        while first < self.columns.end {
            let left = self.columns.end - first;
            let fits = |&c: &usize| c <= most && c <= left.div_ceil(L::N);
            let wide = [16, 8, 4, 3, 2].into_iter().find(fits).unwrap_or(1);
            let of = &self;
            // SAFETY: `dispatch` chose vectors that the processor has.
            unsafe {
                // What these vectors never come to is not compiled for them: that is most of what plain arrays would be.
                match wide {
                    16 if const { L::ROW >= 4 } => L::apart(Panel::<T, 16> { of, first, in_place }),
                    8 if const { L::ROW >= 2 } => L::apart(Panel::<T, 8> { of, first, in_place }),
                    4 => L::apart(Panel::<T, 4> { of, first, in_place }),
                    3 => L::apart(Panel::<T, 3> { of, first, in_place }),
                    2 => L::apart(Panel::<T, 2> { of, first, in_place }),
                    _ => L::apart(Panel::<T, 1> { of, first, in_place }),
                }
            }
            first += (wide * L::N).min(left);
        }
    }
}

/// `C` vectors of a part's columns.
struct Panel<'a, T, const C: usize> {
    of: &'a Block<'a, T>,
    first: usize,
    in_place: bool,
}

impl<T: Vector, const C: usize> Job for Panel<'_, T, C> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        // SAFETY: whoever made the block promised that the views and the output have these rows and columns.
        unsafe { self.of.panel::<L, C>(self.first, self.in_place) }
    }
}

impl<T: Vector> Block<'_, T> {
    /// Computes `C` vectors of columns from `first` on.
    ///
    /// # Safety
    /// The vectors must be the processor's, and rows and columns inside the views and the output.
    #[inline(always)]
    unsafe fn panel<L: Lanes<T = T>, const C: usize>(&self, first: usize, in_place: bool) {
        let used = (C * L::N).min(self.columns.end - first);
        let depth = self.a.columns;
        let stretches = depth.div_ceil(DEPTH);
        let tail = used - (C - 1) * L::N;
        for i in 0..stretches {
            let steps = i * depth / stretches..(i + 1) * depth / stretches;
            // SAFETY: the caller's promise; a packed part has at most `DEPTH` steps of four vectors, as wider panels
            // are read in place.
            unsafe {
                if in_place {
                    let start = self.b.data.as_ptr().add(steps.start * self.b.row + first);
                    let right = Right { start, step: self.b.row, tail };
                    match tail == L::N {
                        true => self.rows::<L, C, false>(first, tail, steps, right),
                        false => self.rows::<L, C, true>(first, tail, steps, right),
                    }
                } else {
                    self.pack(first, used, C * L::N, steps.clone());
                    let right = Right::packed(self.packed.cast_const(), C * L::N, L::N);
                    self.rows::<L, C, false>(first, tail, steps, right);
                }
            }
        }
    }

    /// Copies `used` columns together, `wide` numbers for each step; what is left over is zero.
    ///
    /// # Safety
    /// As [`Block::panel`], and the memory must be large enough.
    #[inline(always)]
    unsafe fn pack(&self, first: usize, used: usize, wide: usize, steps: Range<usize>) {
        let b = &self.b;
        for (s, step) in steps.clone().enumerate() {
            // SAFETY: the caller's promise.
            unsafe {
                let to = self.packed.add(s * wide);
                if b.column == 1 {
                    let from = b.data.as_ptr().add(step * b.row + first);
                    std::ptr::copy_nonoverlapping(from, to, used);
                }
                (used..wide).for_each(|c| to.add(c).write(T::ZERO));
            }
        }
        if b.column == 1 {
            return;
        }
        for c in 0..used {
            // SAFETY: as above.
            unsafe {
                let from = b.data.as_ptr().add((first + c) * b.column + steps.start * b.row);
                for s in 0..steps.len() {
                    self.packed.add(s * wide + c).write(*from.add(s * b.row));
                }
            }
        }
    }

    /// All rows of a panel, in blocks of nearly equal height.
    ///
    /// # Safety
    /// As [`Block::panel`]; `right` must have these steps.
    #[inline(always)]
    unsafe fn rows<L: Lanes<T = T>, const C: usize, const TAIL: bool>(
        &self,
        first: usize,
        tail: usize,
        steps: Range<usize>,
        right: Right<T>,
    ) {
        let most = if C == 1 { 8 } else { 6 };
        let rows = self.rows.len();
        let blocks = rows.div_ceil(most);
        for i in 0..blocks {
            let (start, end) = (i * rows / blocks, (i + 1) * rows / blocks);
            let at = (self.rows.start + start, first, tail);
            let steps = steps.clone();
            // SAFETY: the caller's promise. Wide panels only come with few rows.
            unsafe {
                match end - start {
                    8 if const { C == 1 } => self.tile::<L, 8, C, TAIL>(at, steps, right),
                    7 if const { C == 1 } => self.tile::<L, 7, C, TAIL>(at, steps, right),
                    6 if const { C <= L::ROW } => self.tile::<L, 6, C, TAIL>(at, steps, right),
                    5 if const { C <= L::ROW } => self.tile::<L, 5, C, TAIL>(at, steps, right),
                    4 if const { C <= L::ROW } => self.tile::<L, 4, C, TAIL>(at, steps, right),
                    3 if const { C <= 2 * L::ROW } => self.tile::<L, 3, C, TAIL>(at, steps, right),
                    2 if const { C <= 2 * L::ROW } => self.tile::<L, 2, C, TAIL>(at, steps, right),
                    _ => self.tile::<L, 1, C, TAIL>(at, steps, right),
                }
            }
        }
    }

    /// One block of sums: at a row, a column, and with so many numbers in the last vector.
    ///
    /// # Safety
    /// As [`Block::rows`].
    #[inline(always)]
    unsafe fn tile<L: Lanes<T = T>, const R: usize, const C: usize, const TAIL: bool>(
        &self,
        (row, column, tail): (usize, usize, usize),
        steps: Range<usize>,
        right: Right<T>,
    ) {
        let (a, width) = (&self.a, self.b.columns);
        let Scale { alpha, accumulate } = self.scale;
        // SAFETY: the caller's promise.
        unsafe {
            let mut from = [a.data.as_ptr(); R];
            let mut to = [self.out.at(row * width + column); R];
            for r in 0..R {
                from[r] = from[r].add((row + r) * a.row + steps.start * a.column);
                to[r] = to[r].add(r * width);
            }
            let mut sums = zero::<L, R, C>();
            match a.column {
                1 => add_steps::<L, R, C, TAIL>(&mut sums, &from, 1, right, steps.len()),
                step => add_steps::<L, R, C, TAIL>(&mut sums, &from, step, right, steps.len()),
            }
            if accumulate || steps.start > 0 || alpha != T::ONE {
                let before = match accumulate || steps.start > 0 {
                    true => fetch::<L, R, C>(&to, tail),
                    false => zero::<L, R, C>(),
                };
                let alpha = L::splat(alpha);
                for r in 0..R {
                    for c in 0..C {
                        sums[r][c] = alpha.fma(sums[r][c], before[r][c]);
                    }
                }
            }
            put::<L, R, C>(&sums, &to, tail, R);
        }
    }
}
