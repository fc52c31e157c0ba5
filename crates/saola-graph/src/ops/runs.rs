//! Runs of neighbouring axes: how a reduction over any axes becomes reductions over one axis each.

use saola_kernels::memory::{Call, Pod};
use saola_kernels::reduce::{Reduce, Reduction, reduce};
use saola_tensor::{DType, Shape};

/// Neighbouring axes to reduce over.
#[derive(Debug, PartialEq)]
pub(super) struct Run {
    /// Their extent.
    n: usize,
    /// The number of elements behind them.
    inner: usize,
    /// The number of elements that are left.
    left: usize,
}

/// The runs of neighbouring axes to reduce over, last first, so that an array of shape `from` becomes one of shape
/// `to`, whose reduced axes have extent 1 or are missing in front.
pub(super) fn runs(from: &Shape, to: &Shape) -> Vec<Run> {
    let shift = from.rank() - to.rank();
    let reduced = |axis: usize| axis < shift || (to[axis - shift] == 1 && from[axis] != 1);
    let mut runs = Vec::new();
    let mut axis = from.rank();
    while axis > 0 {
        axis -= 1;
        if !reduced(axis) {
            continue;
        }
        let inner: usize = (axis + 1..from.rank()).filter(|&a| !reduced(a)).map(|a| from[a]).product();
        let mut n = from[axis];
        while axis > 0 && reduced(axis - 1) {
            axis -= 1;
            n *= from[axis];
        }
        let before: usize = from[..axis].iter().product();
        runs.push(Run { n, inner, left: before * inner });
    }
    runs
}

/// The working memory of [`fold`]: all results but the last.
pub(super) fn scratch(runs: &[Run], dtype: DType) -> Vec<(DType, usize)> {
    runs.iter().rev().skip(1).rev().map(|run| (dtype, run.left)).collect()
}

/// Reduces input 0 to output 0, run by run; further outputs are working memory.
pub(super) fn fold<'a, T: Pod + Reduce>(call: &mut Call<'a>, op: Reduction, runs: &[Run]) -> &'a mut [T] {
    let mut from: &[T] = call.input(0);
    let mut made: &mut [T] = &mut [];
    for (i, run) in runs.iter().enumerate() {
        made = call.output::<T>(if i + 1 == runs.len() { 0 } else { i + 1 });
        reduce(op, made, from, run.n, run.inner);
        if i + 1 < runs.len() {
            from = made;
            made = &mut [];
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_axes() {
        let of = |from: &[usize], to: &[usize]| -> Vec<(usize, usize, usize)> {
            runs(&Shape::from(from), &Shape::from(to)).iter().map(|r| (r.n, r.inner, r.left)).collect()
        };
        assert_eq!(of(&[5, 3], &[3]), [(5, 3, 3)]);
        assert_eq!(of(&[5, 3, 4], &[1, 3, 1]), [(4, 1, 15), (5, 3, 3)]);
        assert_eq!(of(&[5, 3, 0], &[1, 3, 1]), [(0, 1, 15), (5, 3, 3)]);
        assert_eq!(of(&[5, 3], &[]), [(15, 1, 1)]);
    }
}
