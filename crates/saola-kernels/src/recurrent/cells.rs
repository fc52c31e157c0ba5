//! What one step does to one sequence.

use std::marker::PhantomData;

use crate::elementwise::Number;
use crate::matmul::Gemm;
use crate::memory::Pod;

/// The numbers of recurrent layers: `f32` and `f64`.
pub trait Real: Gemm + Number + Pod {}
impl Real for f32 {}
impl Real for f64 {}

/// A recurrent cell over rows of `units` numbers; a row of gates holds its parts one behind the other.
pub trait Cell: 'static {
    /// The numbers.
    type Real: Real;
    /// Parts of `x·W` and `h·U`.
    const GATES: usize;
    /// Parts that the way back needs.
    const SAVED: usize;
    /// Whether `x·W` and `h·U` are used apart instead of in their sum.
    const SPLIT: bool;
    /// Whether there is a second state.
    const CELL: bool;

    /// The new state `h` and, if there is one, `c` of a sequence. `zx` is the sum of gates, or the input's part and
    /// `zh` the state's; `h0` and `c0` are the states before.
    fn forward(step: Step<'_, Self::Real>);

    /// From the gradients of the new states, those of the gates and of the states before.
    fn backward(step: StepBack<'_, Self::Real>);
}

/// One sequence's step forward.
pub struct Step<'a, T> {
    /// Gates, or the input's part of them.
    pub zx: &'a [T],
    /// The state's part of the gates, where they are apart.
    pub zh: &'a [T],
    /// The state before.
    pub h0: &'a [T],
    /// The second state before.
    pub c0: &'a [T],
    /// The new state.
    pub h: &'a mut [T],
    /// The new second state.
    pub c: &'a mut [T],
    /// What the way back needs.
    pub saved: &'a mut [T],
}

/// One sequence's step back.
pub struct StepBack<'a, T> {
    /// What the way forward kept.
    pub saved: &'a [T],
    /// The state before the step.
    pub h0: &'a [T],
    /// The second state before the step.
    pub c0: &'a [T],
    /// The second state after the step.
    pub c: &'a [T],
    /// The gradient of the new state.
    pub dh: &'a [T],
    /// The gradient of the new second state, replaced by that of the one before.
    pub dc: &'a mut [T],
    /// The gradient of the gates, or of the input's part.
    pub dzx: &'a mut [T],
    /// The gradient of the state's part, where they are apart.
    pub dzh: &'a mut [T],
    /// What flows to the state before past the gates.
    pub dh0: &'a mut [T],
}

/// Four parts of a row.
fn four<T>(x: &[T], u: usize) -> [&[T]; 4] {
    [&x[..u], &x[u..2 * u], &x[2 * u..3 * u], &x[3 * u..4 * u]]
}

fn four_mut<T>(x: &mut [T], u: usize) -> [&mut [T]; 4] {
    let (a, rest) = x.split_at_mut(u);
    let (b, rest) = rest.split_at_mut(u);
    let (c, d) = rest.split_at_mut(u);
    [a, b, c, &mut d[..u]]
}

fn three_mut<T>(x: &mut [T], u: usize) -> [&mut [T]; 3] {
    let (a, rest) = x.split_at_mut(u);
    let (b, c) = rest.split_at_mut(u);
    [a, b, &mut c[..u]]
}

/// Long short-term memory, with gates i, f, c, o: `c' = σ(f)·c + σ(i)·tanh(c)`, `h' = σ(o)·tanh(c')`.
pub struct Lstm<T>(PhantomData<T>);

impl<T: Real> Cell for Lstm<T> {
    type Real = T;
    const GATES: usize = 4;
    const SAVED: usize = 4;
    const SPLIT: bool = false;
    const CELL: bool = true;

    #[inline(always)]
    fn forward(step: Step<'_, T>) {
        let Step { zx, c0, h, c, saved, .. } = step;
        let u = h.len();
        let [zi, zf, zg, zo] = four(zx, u);
        let [si, sf, sg, so] = four_mut(saved, u);
        // Loops over one gate each: the compiler keeps all of one in registers.
        for (s, &z) in si.iter_mut().zip(zi) {
            *s = z.sigmoid();
        }
        for (s, &z) in sf.iter_mut().zip(zf) {
            *s = z.sigmoid();
        }
        for (s, &z) in sg.iter_mut().zip(zg) {
            *s = z.tanh();
        }
        for (s, &z) in so.iter_mut().zip(zo) {
            *s = z.sigmoid();
        }
        let (c, c0) = (&mut c[..u], &c0[..u]);
        for k in 0..u {
            c[k] = sf[k] * c0[k] + si[k] * sg[k];
        }
        for k in 0..u {
            h[k] = so[k] * c[k].tanh();
        }
    }

    #[inline(always)]
    fn backward(step: StepBack<'_, T>) {
        let StepBack { saved, c0, c, dh, dc, dzx, dh0, .. } = step;
        let u = dh.len();
        let [i, f, g, o] = four(saved, u);
        let [di, df, dg, d_o] = four_mut(dzx, u);
        let (c0, c, dc, t) = (&c0[..u], &c[..u], &mut dc[..u], &mut dh0[..u]);
        let one = T::ONE;
        // A loop for each result: with more results in one, the compiler cannot rule out that they overlap.
        for (t, &c) in t.iter_mut().zip(c) {
            *t = c.tanh();
        }
        for k in 0..u {
            dc[k] += dh[k] * o[k] * (one - t[k] * t[k]);
        }
        for k in 0..u {
            d_o[k] = dh[k] * t[k] * o[k] * (one - o[k]);
        }
        for k in 0..u {
            di[k] = dc[k] * g[k] * i[k] * (one - i[k]);
        }
        for k in 0..u {
            df[k] = dc[k] * c0[k] * f[k] * (one - f[k]);
        }
        for k in 0..u {
            dg[k] = dc[k] * i[k] * (one - g[k] * g[k]);
        }
        for k in 0..u {
            dc[k] = dc[k] * f[k];
        }
        dh0.fill(T::ZERO);
    }
}

/// The gated recurrent unit, with gates z, r, h and the reset after the product: `h̃ = tanh(x·W_h + r·(h·U_h))`,
/// `h' = z·h + (1 − z)·h̃`.
pub struct Gru<T>(PhantomData<T>);

impl<T: Real> Cell for Gru<T> {
    type Real = T;
    const GATES: usize = 3;
    const SAVED: usize = 4;
    const SPLIT: bool = true;
    const CELL: bool = false;

    #[inline(always)]
    fn forward(step: Step<'_, T>) {
        let Step { zx, zh, h0, h, saved, .. } = step;
        let u = h.len();
        let [z, r, candidate, product] = four_mut(saved, u);
        let (xz, xr, xh) = (&zx[..u], &zx[u..2 * u], &zx[2 * u..3 * u]);
        let (hz, hr, hh) = (&zh[..u], &zh[u..2 * u], &zh[2 * u..3 * u]);
        for k in 0..u {
            z[k] = (xz[k] + hz[k]).sigmoid();
        }
        for k in 0..u {
            r[k] = (xr[k] + hr[k]).sigmoid();
        }
        product.copy_from_slice(hh);
        for k in 0..u {
            candidate[k] = (xh[k] + r[k] * hh[k]).tanh();
        }
        let h0 = &h0[..u];
        for k in 0..u {
            h[k] = z[k] * h0[k] + (T::ONE - z[k]) * candidate[k];
        }
    }

    #[inline(always)]
    fn backward(step: StepBack<'_, T>) {
        let StepBack { saved, h0, dh, dzx, dzh, dh0, .. } = step;
        let u = dh.len();
        let [z, r, candidate, product] = four(saved, u);
        let (one, h0) = (T::ONE, &h0[..u]);
        let [xz, xr, xc] = three_mut(dzx, u);
        let [hz, hr, hc] = three_mut(dzh, u);
        for k in 0..u {
            xz[k] = dh[k] * (h0[k] - candidate[k]) * z[k] * (one - z[k]);
        }
        for k in 0..u {
            xc[k] = dh[k] * (one - z[k]) * (one - candidate[k] * candidate[k]);
        }
        for k in 0..u {
            xr[k] = xc[k] * product[k] * r[k] * (one - r[k]);
        }
        for k in 0..u {
            hc[k] = xc[k] * r[k];
        }
        hz.copy_from_slice(xz);
        hr.copy_from_slice(xr);
        for ((d, &dh), &z) in dh0.iter_mut().zip(dh).zip(z) {
            *d = dh * z;
        }
    }
}

/// `h' = tanh(x·W + h·U)`, or with `RELU` `max(x·W + h·U, 0)`.
pub struct Simple<T, const RELU: bool>(PhantomData<T>);

impl<T: Real, const RELU: bool> Cell for Simple<T, RELU> {
    type Real = T;
    const GATES: usize = 1;
    const SAVED: usize = 1;
    const SPLIT: bool = false;
    const CELL: bool = false;

    #[inline(always)]
    fn forward(step: Step<'_, T>) {
        let Step { zx, h, saved, .. } = step;
        for (s, &z) in saved.iter_mut().zip(zx) {
            *s = if RELU { z.larger(T::ZERO) } else { z.tanh() };
        }
        h.copy_from_slice(saved);
    }

    #[inline(always)]
    fn backward(step: StepBack<'_, T>) {
        let StepBack { saved, dh, dzx, dh0, .. } = step;
        for ((d, &s), &dh) in dzx.iter_mut().zip(saved).zip(dh) {
            let open = if s > T::ZERO { dh } else { T::ZERO };
            *d = if RELU { open } else { dh * (T::ONE - s * s) };
        }
        dh0.fill(T::ZERO);
    }
}
