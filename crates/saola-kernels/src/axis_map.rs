//! Results whose elements come from places that each axis chooses for itself: padding, tiling, repeating,
//! rolling, reversing, slices with steps.
//!
//! What such an operation does along an axis is a list of [`Piece`]s: so many positions of the result that read
//! the input from here on with this step, each so many times. Positions that belong to no piece are filled.
//! The result's element at (i, j, ..) is the input's at (f(i), g(j), ..), so one pair of loops serves all of
//! them, and its reverse, which adds up what was read several times, is the gradient of each.
//!
//! Axes without pieces of their own in front are one outer count, those behind are one inner block that is
//! copied whole; where the innermost piece has step 1 and repeats nothing, its blocks are one copy. The outer
//! count is what threads share. An index table per axis was the alternative: it needs memory in proportion to
//! the extents, and hides where neighbours stay neighbours.

use crate::math::Float;
use crate::pool;

/// A stretch of an axis of the result and where it comes from: position `to + j·repeat + r` reads `from + j·step`,
/// for j below `count` and r below `repeat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The first position of the result.
    pub to: usize,
    /// The first position of the input.
    pub from: usize,
    /// How many positions of the input are read.
    pub count: usize,
    /// The distance from one to the next.
    pub step: isize,
    /// How often each is read.
    pub repeat: usize,
}

impl Piece {
    /// `count` positions from `from` on, at `to` and behind.
    pub fn run(to: usize, from: usize, count: usize) -> Piece {
        Piece { to, from, count, step: 1, repeat: 1 }
    }

    fn inside(&self, from: usize, to: usize) -> bool {
        let last = self.count.checked_sub(1).and_then(|n| self.step.checked_mul(n as isize));
        let (Some(reach), Some(span)) = (last, self.count.checked_mul(self.repeat)) else {
            return self.count == 0;
        };
        let end = self.from.checked_add_signed(reach);
        self.from < from
            && end.is_some_and(|e| e < from)
            && self.to.checked_add(span).is_some_and(|e| e <= to)
    }
}

/// What happens along one axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The input's extent.
    pub from: usize,
    /// The result's extent.
    pub to: usize,
    /// Which positions read which; `None` where each reads its own.
    pub pieces: Option<Vec<Piece>>,
}

/// A checked map of all axes.
#[derive(Clone, Debug)]
pub struct AxisMap {
    outer: usize,
    axes: Vec<Mapped>,
    inner: usize,
    from: usize,
    to: usize,
    holes: bool,
}

#[derive(Clone, Debug)]
struct Mapped {
    pieces: Vec<Piece>,
    /// The distances of neighbours along the axis, in blocks.
    from: usize,
    to: usize,
}

impl AxisMap {
    /// The map of these axes, outermost first.
    ///
    /// # Panics
    /// Where a piece leaves its axis.
    pub fn new(axes: &[Axis]) -> AxisMap {
        let kept = |a: &Axis| a.pieces.is_none();
        let first = axes.iter().position(|a| !kept(a)).unwrap_or(axes.len());
        let last = axes.iter().rposition(|a| !kept(a)).map_or(first, |i| i + 1);
        let mut mapped = Vec::new();
        let (mut from, mut to, mut holes) = (1, 1, false);
        for axis in axes[first..last].iter().rev() {
            let pieces = axis.pieces.clone().unwrap_or_else(|| vec![Piece::run(0, 0, axis.from)]);
            let pieces: Vec<Piece> = pieces.into_iter().filter(|p| p.count * p.repeat > 0).collect();
            assert!(pieces.iter().all(|p| p.inside(axis.from, axis.to)), "a piece that leaves its axis");
            holes |= pieces.iter().map(|p| p.count * p.repeat).sum::<usize>() < axis.to;
            mapped.insert(0, Mapped { pieces, from, to });
            from *= axis.from;
            to *= axis.to;
        }
        let product = |axes: &[Axis]| axes.iter().map(|a| a.from).product::<usize>();
        let (outer, inner) = (product(&axes[..first]), product(&axes[last..]));
        AxisMap { outer, axes: mapped, inner, from, to, holes }
    }

    /// Whether every element stays where it is.
    pub fn is_identity(&self) -> bool {
        self.axes.is_empty()
    }

    /// `out` from the elements of `x`; `fill` where no piece reads.
    pub fn gather<T: Copy + Send + Sync>(&self, out: &mut [T], x: &[T], fill: T) {
        let (from, to) = (self.from * self.inner, self.to * self.inner);
        assert!(out.len() == self.outer * to && x.len() == self.outer * from, "a map of other lengths");
        if out.is_empty() {
            return;
        }
        let nanoseconds = out.len() as u64 / 2;
        pool::run_mut(out, to, nanoseconds, |i, part| {
            if self.holes {
                part.fill(fill);
            }
            let x = &x[i * from..(i + 1) * from];
            self.visit(&self.axes, 0, 0, &mut |to, from, piece| self.read(part, x, to, from, piece));
        });
    }

    /// The reverse: each element of `out`, which has the input's shape, is the sum of those of `x`, which has the
    /// result's, that read it.
    pub fn scatter_add<T: Float>(&self, out: &mut [T], x: &[T]) {
        let (from, to) = (self.from * self.inner, self.to * self.inner);
        assert!(out.len() == self.outer * from && x.len() == self.outer * to, "a map of other lengths");
        if out.is_empty() {
            return;
        }
        let nanoseconds = x.len() as u64;
        pool::run_mut(out, from, nanoseconds, |i, part| {
            part.fill(T::ZERO);
            let x = &x[i * to..(i + 1) * to];
            self.visit(&self.axes, 0, 0, &mut |to, from, piece| self.add(part, x, to, from, piece));
        });
    }

    fn visit(&self, axes: &[Mapped], to: usize, from: usize, leaf: &mut impl FnMut(usize, usize, &Piece)) {
        let Some((axis, inner)) = axes.split_first() else {
            return leaf(to, from, &Piece::run(0, 0, 1));
        };
        for piece in &axis.pieces {
            if inner.is_empty() {
                leaf(to + piece.to, from + piece.from, piece);
                continue;
            }
            for j in 0..piece.count {
                let source = from + piece.from.wrapping_add_signed(piece.step * j as isize) * axis.from;
                for r in 0..piece.repeat {
                    let place = piece.to + j * piece.repeat + r;
                    self.visit(inner, to + place * axis.to, source, leaf);
                }
            }
        }
    }

    #[inline]
    fn read<T: Copy>(&self, out: &mut [T], x: &[T], to: usize, from: usize, piece: &Piece) {
        let n = self.inner;
        if piece.step == 1 && piece.repeat == 1 {
            return out[to * n..(to + piece.count) * n]
                .copy_from_slice(&x[from * n..(from + piece.count) * n]);
        }
        let place = |j: usize| from.wrapping_add_signed(piece.step * j as isize);
        let out = &mut out[to * n..(to + piece.count * piece.repeat) * n];
        if n == 1 {
            for (j, same) in out.chunks_mut(piece.repeat).enumerate() {
                same.fill(x[place(j)]);
            }
        } else if n > 0 {
            for (k, block) in out.chunks_mut(n).enumerate() {
                let source = place(k / piece.repeat) * n;
                block.copy_from_slice(&x[source..source + n]);
            }
        }
    }

    #[inline]
    fn add<T: Float>(&self, out: &mut [T], x: &[T], to: usize, from: usize, piece: &Piece) {
        let n = self.inner;
        for j in 0..piece.count {
            let target = from.wrapping_add_signed(piece.step * j as isize) * n;
            for r in 0..piece.repeat {
                let source = (to + j * piece.repeat + r) * n;
                let sums = out[target..target + n].iter_mut();
                sums.zip(&x[source..source + n]).for_each(|(o, &v)| *o += v);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Each position of an axis of `to` and what it reads, by the definition.
    fn table(axis: &Axis) -> Vec<Option<usize>> {
        let mut table = vec![None; axis.to];
        match &axis.pieces {
            None => (0..axis.to).for_each(|i| table[i] = Some(i)),
            Some(pieces) => {
                for p in pieces {
                    for j in 0..p.count {
                        for r in 0..p.repeat {
                            table[p.to + j * p.repeat + r] = p.from.checked_add_signed(j as isize * p.step);
                        }
                    }
                }
            }
        }
        table
    }

    fn axis(kind: u8, n: usize) -> Axis {
        let (to, pieces) = match kind % 5 {
            0 => (n, None),
            1 => (n + 3, Some(vec![Piece::run(1, 0, n)])),
            2 => (n * 2, Some(vec![Piece { to: 0, from: 0, count: n, step: 1, repeat: 2 }])),
            3 => (n, Some(vec![Piece { to: 0, from: n.saturating_sub(1), count: n, step: -1, repeat: 1 }])),
            _ => (n.div_ceil(2), {
                Some(vec![Piece { to: 0, from: 0, count: n.div_ceil(2), step: 2, repeat: 1 }])
            }),
        };
        Axis { from: n, to, pieces }
    }

    proptest! {
        #[test]
        fn equals_the_table(kinds in proptest::collection::vec(any::<u8>(), 0..4), sizes: [u8; 4]) {
            let axes: Vec<Axis> = kinds.iter().zip(sizes).map(|(&k, n)| axis(k, n as usize % 5)).collect();
            let map = AxisMap::new(&axes);
            let (from, to) = (axes.iter().map(|a| a.from).product::<usize>(), axes.iter().map(|a| a.to).product());
            let x: Vec<f64> = (0..from).map(|i| i as f64 + 1.0).collect();
            let mut out = vec![0.0; to];
            map.gather(&mut out, &x, -1.0);
            let tables: Vec<_> = axes.iter().map(table).collect();
            let mut back = vec![0.0; from];
            for (i, &got) in out.iter().enumerate() {
                let (mut rest, mut place, mut step) = (i, Some(0), 1);
                for (axis, table) in axes.iter().zip(&tables).rev() {
                    place = place.zip(table[rest % axis.to]).map(|(p, t)| p + t * step);
                    rest /= axis.to;
                    step *= axis.from;
                }
                prop_assert_eq!(got, place.map_or(-1.0, |p: usize| x[p]));
                if let Some(p) = place {
                    back[p] += i as f64;
                }
            }
            let weights: Vec<f64> = (0..to).map(|i| i as f64).collect();
            let mut sums = vec![9.0; from];
            map.scatter_add(&mut sums, &weights);
            prop_assert_eq!(sums, back);
        }
    }
}
