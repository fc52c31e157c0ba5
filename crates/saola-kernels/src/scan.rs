//! Running sums, running products and linear recurrences along an axis.
//!
//! An array is seen as `[outer, n, inner]`, and every step along the middle needs the one before. What is
//! independent is the outer index, which threads share, and the inner one, over which each step is a loop that
//! vectorizes. A tree over the middle would have more to share, and other roundings; rows that are long and
//! alone are rare, and a plain running sum is what NumPy and TensorFlow give.
//!
//! The recurrence s(i) = a(i)·s(i−1) + b(i) is what gradients of running products are made of: unlike a
//! quotient of products, it stays right where factors are zero.

use crate::math::Float;
use crate::pool;
use crate::reduce::{Reduce, Reduction};

/// The axis that a scan goes along, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Along {
    /// Its extent.
    pub n: usize,
    /// The number of elements behind it.
    pub inner: usize,
    /// From the last to the first.
    pub reverse: bool,
}

impl Along {
    /// Calls `step(before, row)` for each row in order, with the row before it.
    fn each(&self, mut step: impl FnMut(Option<usize>, usize)) {
        let mut before = None;
        for i in 0..self.n {
            let row = if self.reverse { self.n - 1 - i } else { i };
            step(before, row);
            before = Some(row);
        }
    }
}

/// Rows `from` and `to` of `x`, of which the second is changed.
fn rows<T>(x: &mut [T], from: usize, to: usize, inner: usize) -> (&[T], &mut [T]) {
    if from < to {
        let (low, high) = x.split_at_mut(to * inner);
        (&low[from * inner..(from + 1) * inner], &mut high[..inner])
    } else {
        let (low, high) = x.split_at_mut(from * inner);
        (&high[..inner], &mut low[to * inner..(to + 1) * inner])
    }
}

/// The running sum or product of `x`; `exclusive` leaves out the element itself.
pub fn cumulate<T: Reduce>(op: Reduction, out: &mut [T], x: &[T], along: Along, exclusive: bool) {
    assert!(out.len() == x.len(), "a running sum of another length");
    let (inner, block) = (along.inner, along.n * along.inner);
    if x.is_empty() {
        return;
    }
    pool::run_mut(out, block, x.len() as u64, |i, part| {
        let x = &x[i * block..(i + 1) * block];
        along.each(|before, row| {
            let Some(before) = before else {
                let first = &mut part[row * inner..(row + 1) * inner];
                return match exclusive {
                    true => first.fill(T::start(op)),
                    false => first.copy_from_slice(&x[row * inner..(row + 1) * inner]),
                };
            };
            let (sums, now) = rows(part, before, row, inner);
            let taken = if exclusive { before } else { row };
            let added = &x[taken * inner..(taken + 1) * inner];
            now.iter_mut().zip(sums).zip(added).for_each(|((o, &s), &v)| *o = T::fold(op, s, v));
        });
    });
}

/// The recurrence s(i) = a(i)·s(i−1) + b(i), from s(−1) = 0.
pub fn recurrence<T: Float>(out: &mut [T], a: &[T], b: &[T], along: Along) {
    assert!(out.len() == a.len() && out.len() == b.len(), "a recurrence of other lengths");
    let (inner, block) = (along.inner, along.n * along.inner);
    if out.is_empty() {
        return;
    }
    pool::run_mut(out, block, b.len() as u64 * 2, |i, part| {
        let (a, b) = (&a[i * block..(i + 1) * block], &b[i * block..(i + 1) * block]);
        along.each(|before, row| {
            let place = row * inner..(row + 1) * inner;
            let Some(before) = before else { return part[place.clone()].copy_from_slice(&b[place]) };
            let (last, now) = rows(part, before, row, inner);
            for (((o, &s), &a), &b) in now.iter_mut().zip(last).zip(&a[place.clone()]).zip(&b[place]) {
                *o = a * s + b;
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_sums_and_products() {
        let x = [1, 2, 3, 4, 5, 6];
        let run = |op, n, inner, reverse, exclusive| {
            let mut out = [9; 6];
            cumulate(op, &mut out, &x, Along { n, inner, reverse }, exclusive);
            out
        };
        assert_eq!(run(Reduction::Sum, 3, 1, false, false), [1, 3, 6, 4, 9, 15]);
        assert_eq!(run(Reduction::Sum, 3, 1, true, false), [6, 5, 3, 15, 11, 6]);
        assert_eq!(run(Reduction::Sum, 3, 2, false, true), [0, 0, 1, 2, 4, 6]);
        assert_eq!(run(Reduction::Prod, 3, 2, true, true), [15, 24, 5, 6, 1, 1]);
        cumulate::<i32>(Reduction::Sum, &mut [], &[], Along { n: 0, inner: 3, reverse: false }, false);
    }

    #[test]
    fn recurrences() {
        let (a, b) = ([9.0, 2.0, 0.0, 3.0], [1.0, 1.0, 1.0, 1.0]);
        let mut out = [0f64; 4];
        recurrence(&mut out, &a, &b, Along { n: 4, inner: 1, reverse: false });
        assert_eq!(out, [1.0, 3.0, 1.0, 4.0]);
        recurrence(&mut out, &a, &b, Along { n: 2, inner: 2, reverse: true });
        assert_eq!(out, [10.0, 3.0, 1.0, 1.0]);
    }
}
