//! Scaled dot-product attention: `softmax(scale · q·kᵀ) · v` for each head of each sequence.
//!
//! The scores of one head are a `queries × keys` matrix that nobody asks for. They are made in blocks of up to
//! 64 queries, which stay in the second-level cache while a row's largest score is taken away, its exponentials
//! and their sum are found, and the product with the values is made; what is kept of them is one number per query, the
//! logarithm of that sum. The way back makes each block again from `q` and `k`, which costs one product and saves the
//! traffic of a matrix that grows with the square of the length (Dao et al., 2022, on other hardware).
//!
//! With `r = Σ dout·out` for each query: `dv = pᵀ·dout`, `ds = p·(dout·vᵀ − r)`, `dq = scale·ds·k`, `dk = scale·dsᵀ·q`.
//!
//! Heads are shared out in a number of groups that depends on shapes alone, each with working memory of its own, and
//! all blocks of one head are added up by one thread in order: any number of threads gives the same bits. With
//! `causal`, keys behind the last query of a block are never looked at.
//!
//! Arrays are `[batch, length, heads, features]`, as Keras has them; a head's rows are read where they lie.
//!
//! A query that may look at no key gives zeros.

use crate::math::Float;
use crate::matmul::{Gemm, Scale, View, matmul};
use crate::multiversion;
use crate::pool::{self, Parts};
use crate::softmax::{largest, sum};
use crate::strips::Strips;

/// Queries per block.
const BLOCK: usize = 64;
/// The most groups of heads.
const GROUPS: usize = 16;

/// The extents of an attention.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extents {
    /// Sequences.
    pub batch: usize,
    /// Heads.
    pub heads: usize,
    /// Queries per sequence.
    pub queries: usize,
    /// Keys and values per sequence.
    pub keys: usize,
    /// Features of a query and of a key.
    pub features: usize,
    /// Features of a value.
    pub values: usize,
    /// The factor of the scores.
    pub scale: f64,
    /// Whether query i sees the keys up to i alone.
    pub causal: bool,
    /// How far apart the elements of the mask for the next sequence, head, query and key are.
    pub mask: [usize; 4],
}

impl Extents {
    fn heads_in_all(&self) -> usize {
        self.batch * self.heads
    }

    fn groups(&self) -> usize {
        self.heads_in_all().clamp(1, GROUPS)
    }

    fn block(&self) -> usize {
        BLOCK.min(self.queries.max(1))
    }

    /// The last key that the mask is asked for, if there is one.
    fn mask_len(&self) -> usize {
        let last = |n: usize, step: usize| n.saturating_sub(1) * step;
        let [b, h, q, k] = self.mask;
        last(self.batch, b) + last(self.heads, h) + last(self.queries, q) + last(self.keys, k) + 1
    }

    /// How many numbers of working memory [`attention`] needs.
    pub fn scratch(&self) -> usize {
        self.groups() * self.block() * (self.keys + self.values)
    }

    /// How many numbers of working memory [`attention_gradient`] needs.
    pub fn gradient_scratch(&self) -> usize {
        let block = self.block() * (2 * self.keys + self.features.max(self.values));
        self.groups() * (block + self.keys * (self.features + self.values))
    }

    /// Additions and multiplications of `products` products of queries and keys.
    pub fn operations(&self, products: u64) -> u64 {
        let pairs = ((self.heads_in_all() * self.queries) as u64).saturating_mul(self.keys as u64);
        pairs.saturating_mul(products * (self.features + self.values) as u64)
    }

    /// The rows of head (`b`, `h`), from row `from` on, in an array of `length` rows of `width` per head.
    fn rows<'a, T>(
        &self,
        x: &'a [T],
        (b, h): (usize, usize),
        length: usize,
        from: usize,
        n: usize,
        width: usize,
    ) -> View<'a, T> {
        let stride = self.heads * width;
        let start = ((b * length + from) * self.heads + h) * width;
        View { data: &x[start.min(x.len())..], rows: n, columns: width, row: stride, column: 1 }
    }
}

/// Fills `out`, `[batch, queries, heads, values]`, and `log_sum`, `[batch, heads, queries]`: for each query the
/// logarithm of the sum of the exponentials of its scores. An empty `mask` allows everything.
pub fn attention<T: Gemm>(
    e: Extents,
    (q, k, v): (&[T], &[T], &[T]),
    mask: &[u8],
    out: &mut [T],
    log_sum: &mut [T],
    scratch: &mut [T],
) {
    check(&e, (q, k, v), mask, out.len(), log_sum.len());
    assert!(scratch.len() >= e.scratch(), "too little working memory");
    if log_sum.is_empty() {
        return;
    }
    let (block, groups) = (e.block(), e.groups());
    let scratch = Strips::new(scratch, block * (e.keys + e.values));
    let out = Parts(out.as_mut_ptr());
    let sums = Strips::new(log_sum, e.queries);
    let nanoseconds = e.operations(2) / T::RATE + (e.heads_in_all() * e.queries * e.keys) as u64;
    pool::run(groups, nanoseconds, |g| {
        // SAFETY: group `g` is given out once.
        let (scores, products) = unsafe { scratch.get(g) }.split_at_mut(block * e.keys);
        for head in (g..e.heads_in_all()).step_by(groups) {
            let (b, h) = (head / e.heads, head % e.heads);
            // SAFETY: a head belongs to one group.
            let sums = unsafe { sums.get(head) };
            for from in (0..e.queries).step_by(block) {
                let n = block.min(e.queries - from);
                let seen = seen(&e, from + n);
                let scores = &mut scores[..n * seen];
                make_scores(&e, scores, (q, k), mask, Block { head: (b, h), from, n, seen });
                softmax_block(scores, &mut sums[from..from + n], seen);
                let values = e.rows(v, (b, h), e.keys, 0, seen, e.values);
                let products = &mut products[..n * e.values];
                matmul(products, View::new(scores, n, seen), values, Scale::PLAIN, None);
                // SAFETY: these rows belong to this head alone.
                unsafe { put_rows(&e, &out, products, (b, h), e.queries, from, e.values) };
            }
        }
    });
}

/// What the way back reads.
#[derive(Clone, Copy)]
pub struct Saved<'a, T> {
    /// The queries.
    pub q: &'a [T],
    /// The keys.
    pub k: &'a [T],
    /// The values.
    pub v: &'a [T],
    /// What [`attention`] gave.
    pub out: &'a [T],
    /// As [`attention`] left it.
    pub log_sum: &'a [T],
    /// The gradient of the output.
    pub dout: &'a [T],
    /// As given to [`attention`].
    pub mask: &'a [u8],
}

/// Fills the gradients of queries, keys and values.
pub fn attention_gradient<T: Gemm>(
    e: Extents,
    s: Saved<'_, T>,
    (dq, dk, dv): (&mut [T], &mut [T], &mut [T]),
    scratch: &mut [T],
) {
    check(&e, (s.q, s.k, s.v), s.mask, s.out.len(), s.log_sum.len());
    let same = dq.len() == s.q.len() && dk.len() == s.k.len() && dv.len() == s.v.len();
    assert!(same && s.dout.len() == s.out.len(), "gradients that do not fit");
    assert!(scratch.len() >= e.gradient_scratch(), "too little working memory");
    let groups = e.groups();
    let scratch = Strips::new(scratch, e.gradient_scratch() / groups);
    let parts = (Parts(dq.as_mut_ptr()), Parts(dk.as_mut_ptr()), Parts(dv.as_mut_ptr()));
    let nanoseconds = e.operations(5) / T::RATE + 2 * (e.heads_in_all() * e.queries * e.keys) as u64;
    pool::run(groups, nanoseconds, |g| {
        for head in (g..e.heads_in_all()).step_by(groups) {
            // SAFETY: group `g` is given out once, and a head belongs to one group.
            unsafe { head_gradient(&e, &s, (head / e.heads, head % e.heads), &parts, scratch.get(g)) };
        }
    });
}

/// # Safety
/// Nobody else may touch the rows of this head.
unsafe fn head_gradient<T: Gemm>(
    e: &Extents,
    s: &Saved<'_, T>,
    head: (usize, usize),
    (dq, dk, dv): &(Parts<T>, Parts<T>, Parts<T>),
    scratch: &mut [T],
) {
    let block = e.block();
    let (dk_sum, rest) = scratch.split_at_mut(e.keys * e.features);
    let (dv_sum, rest) = rest.split_at_mut(e.keys * e.values);
    let (weights, rest) = rest.split_at_mut(block * e.keys);
    let (slopes, rows) = rest.split_at_mut(block * e.keys);
    dk_sum.fill(T::ZERO);
    dv_sum.fill(T::ZERO);
    let scale = T::of(e.scale);
    let add = |alpha: T| Scale { alpha, accumulate: true };
    for from in (0..e.queries).step_by(block) {
        let n = block.min(e.queries - from);
        let seen = seen(e, from + n);
        let (weights, slopes) = (&mut weights[..n * seen], &mut slopes[..n * seen]);
        make_scores(e, weights, (s.q, s.k), s.mask, Block { head, from, n, seen });
        let sums = &s.log_sum[(head.0 * e.heads + head.1) * e.queries + from..][..n];
        let values = e.rows(s.v, head, e.keys, 0, seen, e.values);
        let dout = e.rows(s.dout, head, e.queries, from, n, e.values);
        matmul(slopes, dout, values.t(), Scale::PLAIN, None);
        let out = e.rows(s.out, head, e.queries, from, n, e.values);
        slopes_block(weights, slopes, sums, (dout, out), seen);
        let (weights, slopes) = (View::new(&*weights, n, seen), View::new(&*slopes, n, seen));
        matmul(&mut dv_sum[..seen * e.values], weights.t(), dout, add(T::ONE), None);
        let queries = e.rows(s.q, head, e.queries, from, n, e.features);
        matmul(&mut dk_sum[..seen * e.features], slopes.t(), queries, add(scale), None);
        let keys = e.rows(s.k, head, e.keys, 0, seen, e.features);
        let rows = &mut rows[..n * e.features];
        matmul(rows, slopes, keys, Scale { alpha: scale, accumulate: false }, None);
        // SAFETY: the caller's promise.
        unsafe { put_rows(e, dq, rows, head, e.queries, from, e.features) };
    }
    // SAFETY: the caller's promise.
    unsafe {
        put_rows(e, dk, dk_sum, head, e.keys, 0, e.features);
        put_rows(e, dv, dv_sum, head, e.keys, 0, e.values);
    }
}

fn check<T>(e: &Extents, (q, k, v): (&[T], &[T], &[T]), mask: &[u8], out: usize, sums: usize) {
    let heads = e.heads_in_all();
    let fits = q.len() == heads * e.queries * e.features
        && k.len() == heads * e.keys * e.features
        && v.len() == heads * e.keys * e.values
        && out == heads * e.queries * e.values
        && sums == heads * e.queries
        && (mask.is_empty() || mask.len() >= e.mask_len());
    assert!(fits, "an attention over arrays that do not fit");
}

/// How many keys the queries before `end` can see.
fn seen(e: &Extents, end: usize) -> usize {
    if e.causal { end.min(e.keys) } else { e.keys }
}

/// Some of the scores of a head: those of `n` queries from `from` on for the first `seen` keys.
#[derive(Clone, Copy)]
struct Block {
    head: (usize, usize),
    from: usize,
    n: usize,
    seen: usize,
}

/// The scores of a block; −∞ where a query may not look.
fn make_scores<T: Gemm>(e: &Extents, scores: &mut [T], (q, k): (&[T], &[T]), mask: &[u8], block: Block) {
    let Block { head: (b, h), from, n, seen } = block;
    let queries = e.rows(q, (b, h), e.queries, from, n, e.features);
    let keys = e.rows(k, (b, h), e.keys, 0, seen, e.features);
    matmul(scores, queries, keys.t(), Scale { alpha: T::of(e.scale), accumulate: false }, None);
    if seen == 0 {
        return;
    }
    for (i, row) in scores.chunks_exact_mut(seen).enumerate() {
        let query = from + i;
        if e.causal && query + 1 < seen {
            row[query + 1..].fill(T::NEG_INFINITY);
        }
        if !mask.is_empty() {
            let start = b * e.mask[0] + h * e.mask[1] + query * e.mask[2];
            for (j, s) in row.iter_mut().enumerate() {
                if mask[start + j * e.mask[3]] == 0 {
                    *s = T::NEG_INFINITY;
                }
            }
        }
    }
}

multiversion! {
    /// Turns rows of scores into weights that sum to 1, and keeps the logarithms of the sums of their exponentials.
    fn softmax_block<T: Float>(scores: &mut [T], sums: &mut [T], seen: usize) {
        for (row, max) in scores.chunks_exact_mut(seen.max(1)).zip(sums.iter_mut()) {
            *max = largest(row);
            // Nothing to look at: all scores are −∞, and taking one from the other would be no number.
            let shift = if *max == T::NEG_INFINITY { T::ZERO } else { *max };
            row.iter_mut().for_each(|s| *s = *s - shift);
        }
        for s in scores.iter_mut() {
            *s = exponential(*s);
        }
        for (i, max) in sums.iter_mut().enumerate() {
            let row = &mut scores[i * seen..(i + 1) * seen];
            let total = sum(row);
            let any = total > T::ZERO;
            let factor = if any { T::ONE / total } else { T::ZERO };
            row.iter_mut().for_each(|s| *s = *s * factor);
            *max = if any { *max + total.ln() } else { -T::NEG_INFINITY };
        }
    }
}

multiversion! {
    /// Turns scores into weights again, and the gradients of weights into those of scores.
    fn slopes_block<T: Float>(weights: &mut [T], slopes: &mut [T], sums: &[T], rows: (View<'_, T>, View<'_, T>), seen: usize) {
        for (row, &log) in weights.chunks_exact_mut(seen.max(1)).zip(sums) {
            row.iter_mut().for_each(|s| *s = *s - log);
        }
        for s in weights.iter_mut() {
            *s = exponential(*s);
        }
        let (dout, out) = rows;
        for i in 0..sums.len() {
            let of = |x: &View<'_, T>| i * x.row..i * x.row + x.columns;
            let mut dot = T::ZERO;
            dout.data[of(&dout)].iter().zip(&out.data[of(&out)]).for_each(|(&a, &b)| dot += a * b);
            let range = i * seen..(i + 1) * seen;
            slopes[range.clone()].iter_mut().zip(&weights[range]).for_each(|(s, &w)| *s = w * (*s - dot));
        }
    }
}

/// e^x, and exactly 0 for −∞.
#[inline(always)]
fn exponential<T: Float>(x: T) -> T {
    let y = x.exp();
    if x == T::NEG_INFINITY { T::ZERO } else { y }
}

/// Writes rows of one head to where they belong.
///
/// # Safety
/// Nobody else may touch these rows of `to`, which must have room for `length` rows per head and sequence.
unsafe fn put_rows<T: Copy>(
    e: &Extents,
    to: &Parts<T>,
    rows: &[T],
    (b, h): (usize, usize),
    length: usize,
    from: usize,
    width: usize,
) {
    for (i, row) in rows.chunks_exact(width.max(1)).enumerate() {
        let start = ((b * length + from + i) * e.heads + h) * width;
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(row.as_ptr(), to.at(start), width) };
    }
}
