//! Moving elements without changing them: transposition, broadcasting, slices, concatenation.
//!
//! All of them are copies between a contiguous array and a strided one. The loops work on bits of one, two,
//! four or eight bytes and do not care what they mean. Axes are merged where strides allow, so that most
//! copies end in one or two loops; a transposition of two axes goes by blocks that fit the first-level cache,
//! since one side of it always walks across cache lines.

/// A walk over a strided array: for each axis its extent and the distance of its elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Walk {
    axes: Vec<(usize, usize)>,
    offset: usize,
}

impl Walk {
    /// The walk over `dims` with `strides`, starting at `offset`.
    pub fn new(dims: &[usize], strides: &[usize], offset: usize) -> Walk {
        let mut axes: Vec<(usize, usize)> = Vec::new();
        for (&n, &stride) in dims.iter().zip(strides).filter(|&(&n, _)| n != 1) {
            match axes.last_mut() {
                // An axis whose step is the whole extent of the next one continues it.
                Some(last) if last.1 == n * stride => *last = (last.0 * n, stride),
                _ => axes.push((n, stride)),
            }
        }
        Walk { axes, offset }
    }

    /// How many elements it visits.
    pub fn len(&self) -> usize {
        self.axes.iter().map(|a| a.0).product()
    }

    /// Whether it visits none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One past the furthest element it visits.
    pub fn end(&self) -> usize {
        if self.is_empty() {
            0
        } else {
            self.offset + self.axes.iter().map(|a| (a.0 - 1) * a.1).sum::<usize>() + 1
        }
    }

    fn visit(
        &self,
        axes: &[(usize, usize)],
        dense: usize,
        strided: usize,
        leaf: &mut impl FnMut(usize, usize, &[(usize, usize)]),
    ) {
        if axes.len() <= 2 {
            return leaf(dense, strided, axes);
        }
        let inner: usize = axes[1..].iter().map(|a| a.0).product();
        for i in 0..axes[0].0 {
            self.visit(&axes[1..], dense + i * inner, strided + i * axes[0].1, leaf);
        }
    }
}

/// The strides of a contiguous row-major array of `dims`.
pub fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for i in (1..dims.len()).rev() {
        strides[i - 1] = strides[i] * dims[i];
    }
    strides
}

/// `out`, contiguous, from the elements of `x` that `walk` visits.
pub fn gather<T: Copy>(out: &mut [T], x: &[T], walk: &Walk) {
    assert!(out.len() == walk.len() && walk.end() <= x.len(), "a walk that leaves its array");
    if walk.is_empty() {
        return;
    }
    walk.visit(&walk.axes, 0, walk.offset, &mut |dense, strided, axes| match *axes {
        [] => out[dense] = x[strided],
        [(n, stride)] => gather_line(&mut out[dense..dense + n], x, strided, stride),
        [(m, row), (n, 1 | 0)] => {
            let stride = axes[1].1;
            (0..m).for_each(|i| gather_line(&mut out[dense + i * n..][..n], x, strided + i * row, stride));
        }
        [(m, row), (n, column)] => {
            const BLOCK: usize = 16;
            for i0 in (0..m).step_by(BLOCK) {
                for j0 in (0..n).step_by(BLOCK) {
                    for i in i0..m.min(i0 + BLOCK) {
                        for j in j0..n.min(j0 + BLOCK) {
                            out[dense + i * n + j] = x[strided + i * row + j * column];
                        }
                    }
                }
            }
        }
        _ => unreachable!("at most two axes reach a leaf"),
    });
}

fn gather_line<T: Copy>(out: &mut [T], x: &[T], start: usize, stride: usize) {
    match stride {
        0 => out.fill(x[start]),
        1 => out.copy_from_slice(&x[start..start + out.len()]),
        _ => out.iter_mut().enumerate().for_each(|(j, o)| *o = x[start + j * stride]),
    }
}

/// Puts `x`, contiguous, at the elements of `out` that `walk` visits; the others stay.
pub fn scatter<T: Copy>(out: &mut [T], x: &[T], walk: &Walk) {
    assert!(x.len() == walk.len() && walk.end() <= out.len(), "a walk that leaves its array");
    if walk.is_empty() {
        return;
    }
    walk.visit(&walk.axes, 0, walk.offset, &mut |dense, strided, axes| {
        let ((m, row), (n, column)) = match *axes {
            [] => ((1, 0), (1, 0)),
            [line] => ((1, 0), line),
            [rows, line] => (rows, line),
            _ => unreachable!("at most two axes reach a leaf"),
        };
        for i in 0..m {
            let (from, to) = (dense + i * n, strided + i * row);
            if column == 1 {
                out[to..to + n].copy_from_slice(&x[from..from + n]);
            } else {
                (0..n).for_each(|j| out[to + j * column] = x[from + j]);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn axes_merge() {
        assert_eq!(Walk::new(&[2, 3, 4], &[12, 4, 1], 0).axes, [(24, 1)]);
        assert_eq!(Walk::new(&[2, 1, 4], &[0, 9, 1], 0).axes, [(2, 0), (4, 1)]);
        assert_eq!(Walk::new(&[], &[], 5).end(), 6);
    }

    proptest! {
        #[test]
        fn transposing_twice_gives_the_array_back(dims in proptest::collection::vec(0usize..7, 1..5), turn: usize) {
            let n: usize = dims.iter().product();
            let x: Vec<u32> = (0..n as u32).collect();
            let rank = dims.len();
            let order: Vec<usize> = (0..rank).map(|i| (i + turn % rank) % rank).collect();
            let s = strides(&dims);
            let turned: Vec<usize> = order.iter().map(|&a| dims[a]).collect();
            let walk = Walk::new(&turned, &order.iter().map(|&a| s[a]).collect::<Vec<_>>(), 0);
            let mut y = vec![0; n];
            gather(&mut y, &x, &walk);
            let mut back = vec![0; n];
            scatter(&mut back, &y, &walk);
            prop_assert_eq!(&back, &x);
            if rank == 2 && turn % 2 == 1 {
                for i in 0..dims[0] { for j in 0..dims[1] { prop_assert_eq!(y[j * dims[0] + i], x[i * dims[1] + j]); } }
            }
        }
    }
}
