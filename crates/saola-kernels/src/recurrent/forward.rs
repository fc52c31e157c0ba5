//! The way forward.

use super::Extents;
use super::cells::{Cell, Step};
use crate::math::Float;
use crate::matmul::{Scale, View, matmul};
use crate::multiversion;
use crate::pool;
use crate::strips::Strips;

/// What a recurrence reads and writes. `B`, `T`, `I`, `U`, `G` and `S` are batch, time, inputs, units, and the cell's
/// numbers of gates and of saved parts.
pub struct Forward<'a, T> {
    /// The inputs, `[B, T, I]`.
    pub x: &'a [T],
    /// `[I, G·U]`.
    pub kernel: &'a [T],
    /// `[U, G·U]`.
    pub recurrent: &'a [T],
    /// `[G·U]`.
    pub bias: &'a [T],
    /// `[G·U]` for a cell whose parts are apart, else nothing.
    pub recurrent_bias: &'a [T],
    /// The state before the first step, `[B, U]`; nothing means zeros.
    pub h0: &'a [T],
    /// The second state before the first step, `[B, U]`; nothing means zeros, or that there is none.
    pub c0: &'a [T],
    /// Which steps count, `[B, T]`, or nothing where all do.
    pub mask: &'a [u8],
    /// The outputs, `[B, T, U]`.
    pub y: &'a mut [T],
    /// The state after the last step, `[B, U]`.
    pub h: &'a mut [T],
    /// The second state after the last step, `[B, U]`, or nothing.
    pub c: &'a mut [T],
    /// What the way back needs of each step, `[B, T, S·U]`.
    pub saved: &'a mut [T],
    /// The state before each step, `[B, T, U]`.
    pub before: &'a mut [T],
    /// The second state after each step, `[B, T, U]`, or nothing.
    pub cells: &'a mut [T],
    /// Working memory, `[B, 2·G·U]`.
    pub scratch: &'a mut [T],
}

/// The parts of one strip.
struct Strip<'a, C: Cell> {
    rows: usize,
    x: &'a [C::Real],
    mask: &'a [u8],
    y: &'a mut [C::Real],
    h: &'a mut [C::Real],
    c: &'a mut [C::Real],
    saved: &'a mut [C::Real],
    before: &'a mut [C::Real],
    cells: &'a mut [C::Real],
    zx: &'a mut [C::Real],
    zh: &'a mut [C::Real],
}

/// Runs cell `C` over all steps of all sequences.
pub fn forward<C: Cell>(e: Extents, f: Forward<'_, C::Real>) {
    check::<C>(&e, &f);
    let Forward { x, kernel, recurrent, bias, recurrent_bias, h0, c0, mask, .. } = f;
    start(f.h, h0);
    start(f.c, c0);
    if e.batch == 0 {
        return;
    }
    let (n, u, t) = (e.strip(), e.units, e.time);
    let gates = C::GATES * u;
    let of = |width: usize| n * width;
    let (h, c) = (Strips::new(f.h, of(u)), Strips::new(f.c, of(u)));
    let (y, saved) = (Strips::new(f.y, of(t * u)), Strips::new(f.saved, of(t * C::SAVED * u)));
    let (before, cells) = (Strips::new(f.before, of(t * u)), Strips::new(f.cells, of(t * u)));
    let scratch = Strips::new(f.scratch, of(2 * gates));
    let weights = Weights { kernel, recurrent, bias, recurrent_bias };
    pool::run(e.batch.div_ceil(n), e.nanoseconds(C::GATES), |i| {
        let rows = n.min(e.batch - i * n);
        let part = |from: usize, width: usize| from * width..(from + rows) * width;
        // SAFETY: strip `i` is given out once.
        let strip = unsafe {
            let (zx, zh) = scratch.get(i).split_at_mut(rows * gates);
            Strip::<C> {
                rows,
                x: &x[part(i * n, t * e.inputs)],
                mask: if mask.is_empty() { mask } else { &mask[part(i * n, t)] },
                y: y.get(i),
                h: h.get(i),
                c: c.get(i),
                saved: saved.get(i),
                before: before.get(i),
                cells: cells.get(i),
                zx,
                zh,
            }
        };
        all_steps(&e, &weights, strip);
    });
}

/// The state before the first step: what is given, or zeros.
fn start<T: Float>(state: &mut [T], given: &[T]) {
    match given {
        [] => state.fill(T::ZERO),
        _ => state.copy_from_slice(given),
    }
}

struct Weights<'a, T> {
    kernel: &'a [T],
    recurrent: &'a [T],
    bias: &'a [T],
    recurrent_bias: &'a [T],
}

fn check<C: Cell>(e: &Extents, f: &Forward<'_, C::Real>) {
    let (b, t, u) = (e.batch, e.time, e.units);
    let gates = C::GATES * u;
    let second = |n: usize| if C::CELL { n } else { 0 };
    let apart = if C::SPLIT { gates } else { 0 };
    let weights = f.kernel.len() == e.inputs * gates
        && f.recurrent.len() == u * gates
        && f.bias.len() == gates
        && f.recurrent_bias.len() == apart;
    let states = (f.h0.is_empty() || f.h0.len() == b * u)
        && f.h.len() == b * u
        && (f.c0.is_empty() || f.c0.len() == second(b * u))
        && f.c.len() == second(b * u);
    let steps = f.x.len() == b * t * e.inputs
        && f.y.len() == b * t * u
        && f.saved.len() == b * t * C::SAVED * u
        && f.before.len() == b * t * u
        && f.cells.len() == second(b * t * u)
        && (f.mask.is_empty() || f.mask.len() == b * t)
        && f.scratch.len() >= 2 * b * gates;
    assert!(weights && states && steps, "a recurrence over arrays that do not fit");
}

fn all_steps<C: Cell>(e: &Extents, w: &Weights<'_, C::Real>, mut s: Strip<'_, C>) {
    let (u, rows) = (e.units, s.rows);
    let gates = C::GATES * u;
    let add = Scale { alpha: C::Real::ONE, accumulate: true };
    for step in 0..e.time {
        // Row r of this step is `time · width` behind row r − 1.
        let input = View {
            data: &s.x[step * e.inputs..],
            rows,
            columns: e.inputs,
            row: e.time * e.inputs,
            column: 1,
        };
        let zx = &mut s.zx[..rows * gates];
        zx.chunks_exact_mut(gates.max(1)).for_each(|row| row.copy_from_slice(w.bias));
        matmul(zx, input, View::new(w.kernel, e.inputs, gates), add, None);
        let state = View::new(&*s.h, rows, u);
        if C::SPLIT {
            let zh = &mut s.zh[..rows * gates];
            zh.chunks_exact_mut(gates.max(1)).for_each(|row| row.copy_from_slice(w.recurrent_bias));
            matmul(zh, state, View::new(w.recurrent, u, gates), add, None);
        } else {
            matmul(zx, state, View::new(w.recurrent, u, gates), add, None);
        }
        cell_rows(e, step, &mut s);
    }
}

multiversion! {
    fn cell_rows<C: Cell>(e: &Extents, step: usize, s: &mut Strip<'_, C>) {
        cell_rows_body(e, step, s)
    }
}

#[inline(always)]
fn cell_rows_body<C: Cell>(e: &Extents, step: usize, s: &mut Strip<'_, C>) {
    let (u, t) = (e.units, e.time);
    let gates = C::GATES * u;
    for row in 0..s.rows {
        let at = row * t + step;
        let state = row * u..(row + 1) * u;
        let second = if C::CELL { state.clone() } else { 0..0 };
        let before = &mut s.before[at * u..(at + 1) * u];
        before.copy_from_slice(&s.h[state.clone()]);
        let cells = if C::CELL { at * u..(at + 1) * u } else { 0..0 };
        let saved = &mut s.saved[at * C::SAVED * u..(at + 1) * C::SAVED * u];
        let counts = s.mask.is_empty() || s.mask[at] != 0;
        if counts {
            let (new_c, old_c) = (&mut s.cells[cells], &mut s.c[second]);
            C::forward(Step {
                zx: &s.zx[row * gates..(row + 1) * gates],
                zh: if C::SPLIT { &s.zh[row * gates..(row + 1) * gates] } else { &[] },
                h0: before,
                c0: old_c,
                h: &mut s.h[state.clone()],
                c: new_c,
                saved,
            });
            old_c.copy_from_slice(new_c);
            s.y[at * u..(at + 1) * u].copy_from_slice(&s.h[state]);
        } else {
            saved.fill(C::Real::ZERO);
            s.cells[cells].copy_from_slice(&s.c[second]);
            if step == 0 || e.zero_masked {
                s.y[at * u..(at + 1) * u].fill(C::Real::ZERO);
            } else {
                s.y.copy_within((at - 1) * u..at * u, at * u);
            }
        }
    }
}
