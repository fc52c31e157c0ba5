//! The way back.

use super::Extents;
use super::cells::{Cell, StepBack};
use crate::math::Float;
use crate::matmul::{Scale, View, matmul};
use crate::multiversion;
use crate::pool;
use crate::strips::Strips;

/// What the way back reads and writes; see [`super::Forward`] for the letters.
pub struct Backward<'a, T> {
    /// `[U, G·U]`.
    pub recurrent: &'a [T],
    /// As the way forward left it, `[B, T, S·U]`.
    pub saved: &'a [T],
    /// The state before each step, `[B, T, U]`.
    pub before: &'a [T],
    /// The second state after each step, `[B, T, U]`, or nothing.
    pub cells: &'a [T],
    /// The second state before the first step, `[B, U]`; nothing means zeros, or that there is none.
    pub c0: &'a [T],
    /// Which steps count, `[B, T]`, or nothing where all do.
    pub mask: &'a [u8],
    /// The gradient of the outputs, `[B, T, U]`.
    pub dy: &'a [T],
    /// The gradient of the gates or of their input's part, `[B, T, G·U]`.
    pub dzx: &'a mut [T],
    /// The gradient of the state's part where the parts are apart, `[B, T, G·U]`, or nothing.
    pub dzh: &'a mut [T],
    /// In: the gradient of the state after the last step, `[B, U]`. Out: of the one before the first.
    pub dh: &'a mut [T],
    /// The same of the second state, or nothing.
    pub dc: &'a mut [T],
    /// Working memory: `[G·U + 1, U]` and `[B, 3·U]`.
    pub scratch: &'a mut [T],
}

struct Strip<'a, C: Cell> {
    rows: usize,
    saved: &'a [C::Real],
    before: &'a [C::Real],
    cells: &'a [C::Real],
    c0: &'a [C::Real],
    zeros: &'a [C::Real],
    mask: &'a [u8],
    dy: &'a [C::Real],
    dzx: &'a mut [C::Real],
    dzh: &'a mut [C::Real],
    dh: &'a mut [C::Real],
    dc: &'a mut [C::Real],
    /// The gradient of the state after the step, of the output that masked steps repeat, and of the state before
    /// past the gates.
    total: &'a mut [C::Real],
    carried: &'a mut [C::Real],
    past: &'a mut [C::Real],
}

/// Runs cell `C` back over all steps of all sequences.
pub fn backward<C: Cell>(e: Extents, b: Backward<'_, C::Real>) {
    check::<C>(&e, &b);
    let Backward { recurrent, saved, before, cells, c0, mask, dy, .. } = b;
    let (n, u, t) = (e.strip(), e.units, e.time);
    let gates = C::GATES * u;
    let (turned, scratch) = b.scratch.split_at_mut(gates * u);
    let (zeros, scratch) = scratch.split_at_mut(u);
    transpose(turned, recurrent, u, gates);
    zeros.fill(C::Real::ZERO);
    if e.batch == 0 {
        return;
    }
    let (turned, zeros) = (&*turned, &*zeros);
    let (dh, dc) = (Strips::new(b.dh, n * u), Strips::new(b.dc, n * u));
    let (dzx, dzh) = (Strips::new(b.dzx, n * t * gates), Strips::new(b.dzh, n * t * gates));
    let scratch = Strips::new(scratch, n * 3 * u);
    pool::run(e.batch.div_ceil(n), e.nanoseconds(C::GATES), |i| {
        let rows = n.min(e.batch - i * n);
        let part = |width: usize| i * n * width..(i * n + rows) * width;
        let second = |x| if C::CELL { x } else { 0..0 };
        // SAFETY: strip `i` is given out once.
        let strip = unsafe {
            let (total, rest) = scratch.get(i).split_at_mut(rows * u);
            let (carried, rest) = rest.split_at_mut(rows * u);
            Strip::<C> {
                rows,
                saved: &saved[part(t * C::SAVED * u)],
                before: &before[part(t * u)],
                cells: &cells[second(part(t * u))],
                c0: if c0.is_empty() { c0 } else { &c0[second(part(u))] },
                zeros,
                mask: if mask.is_empty() { mask } else { &mask[part(t)] },
                dy: &dy[part(t * u)],
                dzx: dzx.get(i),
                dzh: dzh.get(i),
                dh: dh.get(i),
                dc: dc.get(i),
                total,
                carried,
                past: &mut rest[..rows * u],
            }
        };
        all_steps(&e, turned, strip);
    });
}

fn check<C: Cell>(e: &Extents, s: &Backward<'_, C::Real>) {
    let (b, t, u) = (e.batch, e.time, e.units);
    let gates = C::GATES * u;
    let second = |n: usize| if C::CELL { n } else { 0 };
    let steps = s.saved.len() == b * t * C::SAVED * u
        && s.before.len() == b * t * u
        && s.cells.len() == second(b * t * u)
        && (s.mask.is_empty() || s.mask.len() == b * t)
        && s.dy.len() == b * t * u
        && s.dzx.len() == b * t * gates
        && s.dzh.len() == if C::SPLIT { b * t * gates } else { 0 };
    let states = (s.c0.is_empty() || s.c0.len() == second(b * u))
        && s.dh.len() == b * u
        && s.dc.len() == second(b * u);
    let rest = s.recurrent.len() == u * gates && s.scratch.len() >= gates * u + u + 3 * b * u;
    assert!(steps && states && rest, "a recurrence over arrays that do not fit");
}

/// `out[j, i] = x[i, j]` for `rows` of `columns`.
fn transpose<T: Copy>(out: &mut [T], x: &[T], rows: usize, columns: usize) {
    for i in 0..rows {
        (0..columns).for_each(|j| out[j * rows + i] = x[i * columns + j]);
    }
}

fn all_steps<C: Cell>(e: &Extents, turned: &[C::Real], mut s: Strip<'_, C>) {
    let u = e.units;
    let gates = C::GATES * u;
    let add = Scale { alpha: C::Real::ONE, accumulate: true };
    s.carried.fill(C::Real::ZERO);
    for step in (0..e.time).rev() {
        cell_rows(e, step, &mut s);
        let dz = if C::SPLIT { &*s.dzh } else { &*s.dzx };
        let dz =
            View { data: &dz[step * gates..], rows: s.rows, columns: gates, row: e.time * gates, column: 1 };
        s.dh.copy_from_slice(s.past);
        matmul(s.dh, dz, View::new(turned, gates, u), add, None);
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
        let counts = s.mask.is_empty() || s.mask[at] != 0;
        let dy = &s.dy[at * u..(at + 1) * u];
        let carried = &mut s.carried[state.clone()];
        let (dzx, dzh) = (&mut s.dzx[at * gates..(at + 1) * gates], at * gates..(at + 1) * gates);
        let dzh = &mut s.dzh[if C::SPLIT { dzh } else { 0..0 }];
        let past = &mut s.past[state.clone()];
        if !counts {
            // The states pass unchanged; the output is the one before, or zeros.
            if !e.zero_masked {
                carried.iter_mut().zip(dy).for_each(|(c, &d)| *c += d);
            }
            dzx.fill(C::Real::ZERO);
            dzh.fill(C::Real::ZERO);
            past.copy_from_slice(&s.dh[state]);
            continue;
        }
        let total = &mut s.total[state.clone()];
        for k in 0..u {
            total[k] = s.dh[state.start + k] + dy[k] + carried[k];
        }
        carried.fill(C::Real::ZERO);
        let second = |from: usize| if C::CELL { from * u..(from + 1) * u } else { 0..0 };
        let c0 = match step {
            0 if s.c0.is_empty() => s.zeros,
            0 => &s.c0[second(row)],
            _ => &s.cells[if C::CELL { second(at - 1) } else { 0..0 }],
        };
        C::backward(StepBack {
            saved: &s.saved[at * C::SAVED * u..(at + 1) * C::SAVED * u],
            h0: &s.before[at * u..(at + 1) * u],
            c0,
            c: &s.cells[second(at)],
            dh: total,
            dc: &mut s.dc[second(row)],
            dzx,
            dzh,
            dh0: past,
        });
    }
}
