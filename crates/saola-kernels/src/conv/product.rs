//! The product under forward convolution and the gradient of its input.
//!
//! Both compute, for every position of a grid, a row of sums over the taps of a filter and the channels of a
//! source: a matrix product whose left side is spread over the source. Copying it together ("im2col") would write
//! and read every source element once per tap. Here nothing is copied: the rows of a block of sums are pointers
//! into the source, one for each position, and each tap moves all of them by the same distance. Only where a
//! window reaches over the border, the pointers of a tap are looked at one by one, and those outside point to
//! zeros.
//!
//! A block of sums is 6 positions by 64 channels with AVX-512, 24 of the 32 registers: one step along the channels
//! loads four vectors of the filter and broadcasts six numbers for 24 multiply-adds, which keeps both multipliers
//! busy. The filter is packed so that the 64 channels of one step are contiguous. Steps are taken in blocks of at
//! most [`DEPTH`], so that the filter's part stays in the first-level cache or near it while it meets all
//! positions of a chunk; between blocks the sums wait in the output.
//!
//! A tap that is outside for all rows of a block is left out. Where a filter holds infinities, its products with
//! the zeros outside are NaN or nothing, depending on the neighbours.
//!
//! Consecutive taps whose sources are contiguous are one run: in an image of one channel, the row of a filter.

use std::ops::Range;

use super::Epilogue;
use crate::lanes::{Job, Lanes, Vector, dispatch, width};
use crate::pool::{self, Parts};
use crate::tile::{Right, add_steps, fetch, put, zero};

/// The most steps of one block.
const DEPTH: usize = 512;
/// The numbers of a vector, rounded up, over all levels.
const LANE: usize = 16;

/// What windows read outside of the source; floats of either width.
static ZEROS: [f64; DEPTH] = [0.0; DEPTH];

/// Where the rows of the product come from and go to, on one axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    /// How many positions there are.
    pub(super) count: usize,
    /// The extent of the output, the first position in it, and the distance of positions.
    pub(super) out: (usize, usize, usize),
    /// The extent of the source, and the distance of positions; the first is 0.
    pub(super) source: (usize, usize),
}

/// A tap of the filter: how far it stands from a position, in the source.
pub(super) type Tap = [isize; 3];

/// A stretch of channels that is contiguous in the source for each position.
#[derive(Clone, Copy, Debug)]
struct Run {
    shift: Tap,
    offset: isize,
    len: usize,
}

/// Steps that are taken together: ranges of runs, of runs merged inside of the source, and of steps.
#[derive(Clone, Debug)]
struct Block {
    runs: Range<usize>,
    merged: Range<usize>,
    steps: Range<usize>,
}

/// The product, prepared.
#[derive(Clone, Debug)]
pub(super) struct Product {
    batch: usize,
    groups: usize,
    lines: [Line; 3],
    source_channels: usize,
    out_channels: usize,
    runs: Vec<Run>,
    merged: Vec<Run>,
    blocks: Vec<Block>,
    low: Tap,
    high: Tap,
    steps: usize,
}

impl Product {
    pub(super) fn new(
        batch: usize,
        groups: usize,
        lines: [Line; 3],
        channels: (usize, usize),
        taps: &[Tap],
    ) -> Product {
        let (source_channels, out_channels) = channels;
        let inside = |l: &Line| l.count == 0 || l.out.1 + (l.count - 1) * l.out.2 < l.out.0;
        assert!(lines.iter().all(inside), "a product whose positions leave the output");
        let depth = source_channels / groups;
        let extent = lines.map(|l| l.source.0 as isize);
        let mut product = Product {
            batch,
            groups,
            lines,
            source_channels,
            out_channels,
            runs: Vec::new(),
            merged: Vec::new(),
            blocks: Vec::new(),
            low: std::array::from_fn(|a| taps.iter().map(|t| t[a]).min().unwrap_or(0)),
            high: std::array::from_fn(|a| taps.iter().map(|t| t[a]).max().unwrap_or(0)),
            steps: taps.len() * depth,
        };
        for &shift in taps {
            let place = place(shift, extent, source_channels as isize);
            for first in (0..depth).step_by(DEPTH) {
                let len = DEPTH.min(depth - first);
                product.add(Run { shift, offset: place.wrapping_add(first as isize), len });
            }
        }
        if product.blocks.is_empty() {
            product.blocks.push(Block { runs: 0..0, merged: 0..0, steps: 0..0 });
        }
        product
    }

    fn add(&mut self, run: Run) {
        let (start, merged) = (self.runs.len(), self.merged.len());
        let steps = self.blocks.last().map_or(0, |b| b.steps.end);
        match self.blocks.last_mut() {
            Some(block) if block.steps.len() + run.len <= DEPTH => {
                block.runs.end += 1;
                block.steps.end += run.len;
                match self.merged.last_mut() {
                    Some(last) if last.offset.wrapping_add(last.len as isize) == run.offset => {
                        last.len += run.len
                    }
                    _ => {
                        self.merged.push(run);
                        block.merged.end += 1;
                    }
                }
            }
            _ => {
                self.merged.push(run);
                let (runs, merged) = (start..start + 1, merged..merged + 1);
                self.blocks.push(Block { runs, merged, steps: steps..steps + run.len });
            }
        }
        self.runs.push(run);
    }

    fn columns(&self) -> usize {
        self.out_channels / self.groups
    }

    fn rows(&self) -> usize {
        self.batch * self.lines.map(|l| l.count).iter().product::<usize>()
    }

    fn padded(&self) -> usize {
        self.columns().next_multiple_of(LANE)
    }

    /// How many numbers the packed filter has.
    pub(super) fn packed_len(&self) -> usize {
        self.groups * self.steps * self.padded()
    }

    /// Packs a filter: step `s` of group `g` is a row of numbers that begins at `start(g, s)` of `filter` and goes on
    /// in steps of `stride`.
    pub(super) fn pack<T: Vector>(
        &self,
        packed: &mut [T],
        filter: &[T],
        stride: usize,
        start: impl Fn(usize, usize) -> usize + Sync,
    ) {
        let (lanes, row) = width::<T>();
        let (columns, steps, wide) = (self.columns(), self.steps, lanes * row);
        let panels = columns.div_ceil(wide);
        let group_len = steps * self.padded();
        assert!(packed.len() >= self.groups * group_len, "too little room for a packed filter");
        let target = Parts(packed.as_mut_ptr());
        pool::run(self.groups * panels, (self.groups * group_len) as u64 / 2, |i| {
            let (group, panel) = (i / panels, i % panels);
            let first = panel * wide;
            let used = wide.min(columns - first);
            let len = used.next_multiple_of(lanes);
            // SAFETY: panels are apart: this one has `len` columns, and `first + len` is at most `padded`.
            let panel = unsafe {
                std::slice::from_raw_parts_mut(target.at(group * group_len + first * steps), len * steps)
            };
            for (s, to) in panel.chunks_mut(len).enumerate() {
                let from = &filter[start(group, s) + first * stride..];
                match stride {
                    1 => to[..used].copy_from_slice(&from[..used]),
                    _ => to[..used].iter_mut().zip(from.iter().step_by(stride)).for_each(|(t, &f)| *t = f),
                }
                to[used..].fill(T::ZERO);
            }
        });
    }

    /// Computes all rows of the product: `packed` is what [`Product::pack`] made.
    pub(super) fn run<T: Vector>(
        &self,
        out: &mut [T],
        source: &[T],
        packed: &[T],
        epilogue: Epilogue<'_, T>,
    ) {
        let positions = |extents: [usize; 3]| self.batch * extents.iter().product::<usize>();
        assert!(
            out.len() == positions(self.lines.map(|l| l.out.0)) * self.out_channels
                && source.len() == positions(self.lines.map(|l| l.source.0)) * self.source_channels
                && packed.len() >= self.packed_len()
                && epilogue.bias.is_none_or(|b| b.len() == self.out_channels),
            "a convolution of slices that do not fit"
        );
        let rows = self.rows();
        if rows == 0 || self.columns() == 0 {
            return;
        }
        let cut = Cut::of(rows, self.columns(), self.steps);
        let target = Parts(out.as_mut_ptr());
        let operations = 2 * (rows * self.columns() * self.groups) as u64 * self.steps.max(1) as u64;
        pool::run(self.groups * cut.chunks(), operations / 100, |i| {
            let (group, chunk) = (i / cut.chunks(), i % cut.chunks());
            let (rows, columns) = cut.get(chunk);
            dispatch(Chunk { product: self, out: &target, source, packed, epilogue, group, rows, columns });
        });
    }
}

impl Product {
    /// A product of the rows of a matrix of `depth` columns with a filter of `depth` by `columns`.
    pub(super) fn of_matrix(rows: usize, depth: usize, columns: usize) -> Product {
        let none = Line { count: 1, out: (1, 0, 1), source: (1, 1) };
        let line = Line { count: rows, out: (rows, 0, 1), source: (rows, 1) };
        Product::new(1, 1, [none, none, line], (depth, columns), &[[0; 3]])
    }
}

/// Several products of matrices of the same extents, in the caller's thread. Each of the slices holds one operand of
/// all of them, at a distance of its own.
pub(super) struct Matrices<'a, T> {
    /// What [`Product::of_matrix`] made; says depth and columns.
    pub(super) product: &'a Product,
    /// How many products there are, and how many rows each has.
    pub(super) count: usize,
    pub(super) rows: usize,
    pub(super) out: &'a mut [T],
    pub(super) out_step: usize,
    pub(super) source: &'a [T],
    pub(super) source_step: usize,
    pub(super) packed: &'a [T],
}

impl<T: Vector> Job for Matrices<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let (depth, columns) = (self.product.steps, self.product.columns());
        let ends = |step: usize, wide: usize| self.count.saturating_sub(1) * step + self.rows * wide;
        assert!(
            self.product.blocks.len() == 1
                && self.out.len() >= ends(self.out_step, columns)
                && self.source.len() >= ends(self.source_step, depth)
                && self.packed.len() >= self.count * self.product.packed_len(),
            "products of slices that do not fit"
        );
        let wide = L::N * L::ROW;
        for i in 0..self.count {
            let mut first = 0;
            while first < columns {
                let used = wide.min(columns - first);
                // SAFETY: the vectors are the processor's, and the slices were checked above.
                unsafe {
                    let out = self.out.as_mut_ptr().add(i * self.out_step + first);
                    let source = self.source.as_ptr().add(i * self.source_step);
                    let filter = self.packed.as_ptr().add(i * self.product.packed_len() + first * depth);
                    let extent = (self.rows, depth, columns);
                    match used.div_ceil(L::N) {
                        4 if const { L::ROW >= 4 } => {
                            rows_of_panel::<L, 6, 4>(out, source, filter, extent, used)
                        }
                        3 if const { L::ROW >= 3 } => {
                            rows_of_panel::<L, 8, 3>(out, source, filter, extent, used)
                        }
                        2 if const { L::ROW > 2 } => {
                            rows_of_panel::<L, 8, 2>(out, source, filter, extent, used)
                        }
                        2 => rows_of_panel::<L, 6, 2>(out, source, filter, extent, used),
                        _ => rows_of_panel::<L, 8, 1>(out, source, filter, extent, used),
                    }
                }
                first += wide;
            }
        }
    }
}

/// All rows of `used` columns: `out = source · filter`, with extents (rows, depth, columns).
///
/// # Safety
/// The vectors must be the processor's, and the matrices must have these extents.
#[inline(always)]
unsafe fn rows_of_panel<L: Lanes, const R: usize, const C: usize>(
    out: *mut L::T,
    source: *const L::T,
    filter: *const L::T,
    (rows, depth, columns): (usize, usize, usize),
    used: usize,
) {
    let mut row = 0;
    while row < rows {
        let live = R.min(rows - row);
        let (mut from, mut to) = ([source; R], [out; R]);
        for r in 0..R {
            // Where there are fewer rows, the last one fills up.
            let at = row + r.min(live - 1);
            from[r] = source.wrapping_add(at * depth);
            to[r] = out.wrapping_add(at * columns);
        }
        // SAFETY: the caller's promise.
        unsafe {
            let mut sums = zero::<L, R, C>();
            let filter = Right::packed(filter, C * L::N, L::N);
            add_steps::<L, R, C, false>(&mut sums, &from, 1, filter, depth);
            put::<L, R, C>(&sums, &to, used - (C - 1) * L::N, live);
        }
        row += live;
    }
}

/// How the rows and columns of a product are cut into chunks, by the shape alone.
#[derive(Clone, Debug)]
struct Cut {
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl Cut {
    /// Operations of a chunk: some tens of microseconds of one core.
    const GRAIN: usize = 3_000_000;

    fn of(rows: usize, columns: usize, steps: usize) -> Cut {
        // A filter that is larger than the source is read once: each chunk has all rows and some columns. Columns
        // are cut at the widest panel of any level.
        if columns >= 256 && steps * columns > rows * steps {
            let least = Cut::GRAIN.div_ceil(2 * rows * steps.max(1));
            let column_step = least.next_multiple_of(64).min(columns.div_ceil(4).next_multiple_of(64));
            return Cut { rows, columns, row_step: rows, column_step };
        }
        let least = Cut::GRAIN.div_ceil(2 * columns * steps.max(1)).max(24);
        let row_step = least.next_multiple_of(24).min(rows.next_multiple_of(24));
        Cut { rows, columns, row_step, column_step: columns.next_multiple_of(64) }
    }

    fn chunks(&self) -> usize {
        self.rows.div_ceil(self.row_step) * self.columns.div_ceil(self.column_step)
    }

    fn get(&self, i: usize) -> (Range<usize>, Range<usize>) {
        let across = self.columns.div_ceil(self.column_step);
        let (r, c) = (i / across * self.row_step, i % across * self.column_step);
        (r..(r + self.row_step).min(self.rows), c..(c + self.column_step).min(self.columns))
    }
}

/// A part of the product: some rows, some columns of one group.
struct Chunk<'a, T> {
    product: &'a Product,
    out: &'a Parts<T>,
    source: &'a [T],
    packed: &'a [T],
    epilogue: Epilogue<'a, T>,
    group: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl<T: Vector> Job for Chunk<'_, T> {
    type T = T;

    #[inline(always)]
    fn run<L: Lanes<T = T>>(self) {
        let wide = L::N * L::ROW;
        let mut first = self.columns.start;
        while first < self.columns.end {
            let used = wide.min(self.columns.end - first);
            // SAFETY: `dispatch` chose vectors that the processor has; the slices were checked by `Product::run`, and
            // nobody else writes these rows and columns.
            unsafe {
                match used.div_ceil(L::N) {
                    4 if const { L::ROW >= 4 } => self.panel::<L, 6, 4>(first, used),
                    3 if const { L::ROW >= 3 } => self.panel::<L, 8, 3>(first, used),
                    2 if const { L::ROW > 2 } => self.panel::<L, 8, 2>(first, used),
                    2 => self.panel::<L, 6, 2>(first, used),
                    _ => self.panel::<L, 8, 1>(first, used),
                }
            }
            first += wide;
        }
    }
}

impl<T: Vector> Chunk<'_, T> {
    /// Computes `used` columns from `first` on, which are `C` vectors, in blocks of `R` rows.
    ///
    /// # Safety
    /// The vectors must be the processor's, and the slices must fit the product.
    #[inline(always)]
    unsafe fn panel<L: Lanes<T = T>, const R: usize, const C: usize>(&self, first: usize, used: usize) {
        let product = self.product;
        let group = self.group * product.steps * product.padded();
        let mut bias = [T::ZERO; 64];
        if let Some(b) = self.epilogue.bias {
            bias[..used].copy_from_slice(&b[self.group * product.columns() + first..][..used]);
        }
        let column = self.group * product.columns() + first;
        let tail = used - (C - 1) * L::N;
        for (b, block) in product.blocks.iter().enumerate() {
            let last = b + 1 == product.blocks.len();
            // SAFETY: the panel begins here, and each of its steps has `C` vectors.
            let filter = unsafe {
                self.packed.as_ptr().add(group + first * product.steps + block.steps.start * C * L::N)
            };
            let mut cursor = Cursor::new(product, self.rows.start);
            let mut left = self.rows.len();
            while left > 0 {
                let rows = cursor.take::<R>(product, left);
                // SAFETY: the caller's promise; runs stay inside of the source where the rows are inside, and are
                // checked one by one elsewhere.
                unsafe {
                    let mut to = [std::ptr::null_mut(); R];
                    for (to, &out) in to.iter_mut().zip(&rows.out) {
                        *to = self.out.at(out + column);
                    }
                    let mut sums = if b == 0 { zero::<L, R, C>() } else { fetch::<L, R, C>(&to, tail) };
                    self.sum::<L, R, C>(&mut sums, &rows, block, filter);
                    if last {
                        finish::<L, R, C>(&mut sums, self.epilogue, &bias);
                    }
                    put::<L, R, C>(&sums, &to, tail, rows.live);
                }
                left -= rows.live;
            }
        }
    }

    /// Adds the steps of `block` to `sums`.
    ///
    /// # Safety
    /// As [`Chunk::panel`].
    #[inline(always)]
    unsafe fn sum<L: Lanes<T = T>, const R: usize, const C: usize>(
        &self,
        sums: &mut [[L; C]; R],
        rows: &Rows<R>,
        block: &Block,
        mut filter: *const T,
    ) {
        let product = self.product;
        let channel = (self.group * (product.source_channels / product.groups)) as isize;
        let mut base = [self.source.as_ptr(); R];
        for (base, &source) in base.iter_mut().zip(&rows.source) {
            *base = base.wrapping_offset(source as isize + channel);
        }
        if rows.inside {
            for run in &product.merged[block.merged.clone()] {
                // SAFETY: inside of the source, every tap of every row is readable.
                unsafe {
                    let mut from = base;
                    for from in &mut from {
                        *from = from.wrapping_offset(run.offset);
                    }
                    add_steps::<L, R, C, false>(
                        sums,
                        &from,
                        1,
                        Right::packed(filter, C * L::N, L::N),
                        run.len,
                    );
                    filter = filter.add(run.len * C * L::N);
                }
            }
            return;
        }
        for run in &product.runs[block.runs.clone()] {
            let mut from = [ZEROS.as_ptr().cast(); R];
            let mut any = false;
            for (r, from) in from.iter_mut().enumerate() {
                let reads = |a: usize| {
                    let at = rows.at[r][a] as isize + run.shift[a];
                    (0..product.lines[a].source.0 as isize).contains(&at)
                };
                if reads(0) && reads(1) && reads(2) {
                    *from = base[r].wrapping_offset(run.offset);
                    any = true;
                }
            }
            if !any {
                filter = filter.wrapping_add(run.len * C * L::N);
                continue;
            }
            // SAFETY: each pointer is at a tap inside of the source, or at zeros; both are long enough for a run.
            unsafe {
                add_steps::<L, R, C, false>(sums, &from, 1, Right::packed(filter, C * L::N, L::N), run.len);
                filter = filter.add(run.len * C * L::N);
            }
        }
    }
}

/// Some rows: where they write, where they read, and whether all of their taps are inside of the source.
struct Rows<const R: usize> {
    live: usize,
    out: [usize; R],
    source: [usize; R],
    at: [[usize; 3]; R],
    inside: bool,
}

/// Walks over the rows.
struct Cursor {
    image: usize,
    at: [usize; 3],
    out: usize,
    source: usize,
    /// Whether all taps are inside on the outer two axes, and the positions of the last for which they are.
    line_inside: bool,
    inner: Range<usize>,
}

impl Cursor {
    #[inline(always)]
    fn new(product: &Product, row: usize) -> Cursor {
        let [a, b, c] = product.lines.map(|l| l.count);
        let at = [row / (b * c) % a, row / c % b, row % c];
        let inner = product.inside(2);
        let mut cursor =
            Cursor { image: row / (a * b * c), at, out: 0, source: 0, line_inside: false, inner };
        cursor.locate(product);
        cursor
    }

    /// Works out offsets from positions.
    #[inline(always)]
    fn locate(&mut self, product: &Product) {
        let lines = &product.lines;
        let (mut out, mut source) = (self.image, self.image);
        for (a, line) in lines.iter().enumerate() {
            out = out * line.out.0 + line.out.1 + self.at[a] * line.out.2;
            source = source * line.source.0 + self.at[a] * line.source.1;
        }
        self.out = out * product.out_channels;
        self.source = source * product.source_channels;
        self.line_inside = (0..2).all(|a| product.inside(a).contains(&self.at[a]));
    }

    /// The next `left` rows, at most `R`; where there are fewer, the last one fills up.
    #[inline(always)]
    fn take<const R: usize>(&mut self, product: &Product, left: usize) -> Rows<R> {
        let lines = &product.lines;
        let (out_step, source_step) =
            (lines[2].out.2 * product.out_channels, lines[2].source.1 * product.source_channels);
        let mut rows = Rows { live: R.min(left), out: [0; R], source: [0; R], at: [[0; 3]; R], inside: true };
        for r in 0..R {
            rows.out[r] = self.out;
            rows.source[r] = self.source;
            rows.at[r] = std::array::from_fn(|a| self.at[a] * lines[a].source.1);
            rows.inside &= self.line_inside && self.inner.contains(&self.at[2]);
            if r + 1 >= left {
                continue;
            }
            self.at[2] += 1;
            self.out += out_step;
            self.source += source_step;
            if self.at[2] == lines[2].count {
                self.next_line(product);
            }
        }
        rows
    }

    #[inline(always)]
    fn next_line(&mut self, product: &Product) {
        self.at[2] = 0;
        self.at[1] += 1;
        if self.at[1] == product.lines[1].count {
            self.at[1] = 0;
            self.at[0] += 1;
        }
        if self.at[0] == product.lines[0].count {
            self.at[0] = 0;
            self.image += 1;
        }
        self.locate(product);
    }
}

impl Product {
    /// The positions on axis `a` whose taps are all inside of the source.
    #[inline(always)]
    fn inside(&self, a: usize) -> Range<usize> {
        let (extent, step) = self.lines[a].source;
        let first = usize::try_from(-self.low[a]).unwrap_or(0).div_ceil(step);
        let room = usize::try_from(extent as isize - self.high[a]).unwrap_or(0);
        first..room.div_ceil(step)
    }
}

/// Where a tap is in the source, from its position. A tap so far outside that this overflows is never read.
fn place(tap: Tap, extent: Tap, channels: isize) -> isize {
    let row = tap[0].wrapping_mul(extent[1]).wrapping_add(tap[1]);
    row.wrapping_mul(extent[2]).wrapping_add(tap[2]).wrapping_mul(channels)
}

/// Applies the epilogue.
///
/// # Safety
/// The vectors must be the processor's.
#[inline(always)]
unsafe fn finish<L: Lanes, const R: usize, const C: usize>(
    sums: &mut [[L; C]; R],
    epilogue: Epilogue<'_, L::T>,
    bias: &[L::T; 64],
) {
    // SAFETY: the caller's promise; a panel is at most 64 numbers wide.
    unsafe {
        if epilogue.bias.is_some() {
            for (c, column) in (0..C).map(|c| (c, L::load(bias.as_ptr().add(c * L::N)))) {
                (0..R).for_each(|r| sums[r][c] = sums[r][c].add(column));
            }
        }
        if epilogue.relu {
            sums.iter_mut().flatten().for_each(|s| *s = s.relu());
        }
    }
}
