//! Images of another size.
//!
//! A pixel of the result lies at the centre of its cell, and so do those of the input: result i is at
//! (i + ½)·from/to − ½. Nearest takes the pixel whose cell that is in; bilinear weights the two on either side, along
//! both axes, and repeats the edge outside. Places are computed in whole numbers, so that no rounding moves a pixel
//! that lies on an edge.
//!
//! An image is seen as `[outer, height, width, inner]`, which serves channels behind (`inner`) and in front (`outer`)
//! alike. Results are shared among threads by rows, and their gradients, where several results meet in one pixel, by
//! images. The gradient of a pixel is the sum over the results that read it, in the order of the results.

use crate::math::Float;
use crate::pool;

/// The two pixels that a result lies between along one axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tap {
    low: usize,
    high: usize,
    /// How much of the way to `high`.
    share: f64,
}

/// Where the `to` results of an axis of `from` pixels, of which there is one, take theirs from.
pub fn taps(from: usize, to: usize, bilinear: bool) -> Vec<Tap> {
    let last = from.saturating_sub(1);
    let tap = |i: usize| {
        let centre = (2 * i as i128 + 1) * from as i128;
        if !bilinear {
            let low = (centre / (2 * to as i128)) as usize;
            return Tap { low: low.min(last), high: low.min(last), share: 0.0 };
        }
        let (place, unit) = (centre - to as i128, 2 * to as i128);
        let floor = place.div_euclid(unit);
        let share = place.rem_euclid(unit) as f64 / unit as f64;
        let inside = |p: i128| p.clamp(0, last as i128) as usize;
        Tap { low: inside(floor), high: inside(floor + 1), share }
    };
    (0..to).map(tap).collect()
}

/// The extents of the input and the taps along both axes.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The input's rows.
    pub height: usize,
    /// The input's columns.
    pub width: usize,
    /// The elements behind a pixel.
    pub inner: usize,
    /// For each row of the result.
    pub rows: Vec<Tap>,
    /// For each column of the result.
    pub columns: Vec<Tap>,
}

impl Grid {
    fn from(&self) -> usize {
        self.height * self.width * self.inner
    }

    fn to(&self) -> usize {
        self.rows.len() * self.columns.len() * self.inner
    }

    fn checked(&self, from: usize, to: usize) -> bool {
        let inside = |taps: &[Tap], n: usize| taps.iter().all(|t| t.low < n && t.high < n);
        let images = from.checked_div(self.from());
        let fits = inside(&self.rows, self.height) && inside(&self.columns, self.width);
        to == 0 || (fits && images.is_some_and(|n| n * self.from() == from && n * self.to() == to))
    }

    /// The nearest pixels.
    pub fn nearest<T: Copy + Send + Sync>(&self, out: &mut [T], x: &[T]) {
        assert!(self.checked(x.len(), out.len()), "an image of another size");
        let (line, n) = (self.columns.len() * self.inner, self.inner);
        pool::run_mut(out, line, x.len().max(1) as u64, |i, row| {
            let image = i / self.rows.len() * self.height;
            let source = (image + self.rows[i % self.rows.len()].low) * self.width;
            for (pixel, tap) in row.chunks_mut(n).zip(&self.columns) {
                let from = (source + tap.low) * n;
                pixel.copy_from_slice(&x[from..from + n]);
            }
        });
    }

    /// The weighted pixels.
    pub fn bilinear<T: Float>(&self, out: &mut [T], x: &[T]) {
        assert!(self.checked(x.len(), out.len()), "an image of another size");
        let (line, n) = (self.columns.len() * self.inner, self.inner);
        let nanoseconds = out.len() as u64 * 3;
        pool::run_mut(out, line, nanoseconds, |i, row| {
            let image = i / self.rows.len() * self.height;
            let across = self.rows[i % self.rows.len()];
            let (top, bottom) = ((image + across.low) * self.width, (image + across.high) * self.width);
            let down = T::of(across.share);
            for (pixel, tap) in row.chunks_mut(n).zip(&self.columns) {
                let right = T::of(tap.share);
                let at = |line: usize, column: usize| &x[(line + column) * n..(line + column + 1) * n];
                let (a, b) = (at(top, tap.low), at(top, tap.high));
                let (c, d) = (at(bottom, tap.low), at(bottom, tap.high));
                for (k, o) in pixel.iter_mut().enumerate() {
                    let (upper, lower) = (a[k] + (b[k] - a[k]) * right, c[k] + (d[k] - c[k]) * right);
                    *o = upper + (lower - upper) * down;
                }
            }
        });
    }

    /// The gradient of either: each element of `x`, in the result's size, given back to the pixels that it was made of.
    pub fn give_back<T: Float>(&self, out: &mut [T], x: &[T]) {
        assert!(self.checked(out.len(), x.len()), "an image of another size");
        let n = self.inner;
        let nanoseconds = x.len() as u64 * 5;
        pool::run_mut(out, self.from(), nanoseconds, |image, part| {
            part.fill(T::ZERO);
            let x = &x[image * self.to()..(image + 1) * self.to()];
            for (row, across) in x.chunks((self.columns.len() * n).max(1)).zip(&self.rows) {
                for (pixel, tap) in row.chunks(n).zip(&self.columns) {
                    for (line, weight) in [(across.low, 1.0 - across.share), (across.high, across.share)] {
                        for (column, share) in [(tap.low, 1.0 - tap.share), (tap.high, tap.share)] {
                            let weight = weight * share;
                            if weight != 0.0 {
                                let at = (line * self.width + column) * n;
                                let sums = part[at..at + n].iter_mut();
                                sums.zip(pixel).for_each(|(o, &v)| *o += v * T::of(weight));
                            }
                        }
                    }
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(height: usize, width: usize, to: [usize; 2], inner: usize, bilinear: bool) -> Grid {
        let (rows, columns) = (taps(height, to[0], bilinear), taps(width, to[1], bilinear));
        Grid { height, width, inner, rows, columns }
    }

    #[test]
    fn places_of_results() {
        let lows = |from, to| taps(from, to, false).iter().map(|t| t.low).collect::<Vec<_>>();
        assert_eq!(lows(2, 4), [0, 0, 1, 1]);
        assert_eq!(lows(6, 9), [0, 1, 1, 2, 3, 3, 4, 5, 5]);
        assert_eq!(lows(5, 2), [1, 3]);
        let between: Vec<(usize, usize, f64)> =
            taps(2, 4, true).iter().map(|t| (t.low, t.high, t.share)).collect();
        assert_eq!(between, [(0, 0, 0.75), (0, 1, 0.25), (0, 1, 0.75), (1, 1, 0.25)]);
    }

    #[test]
    fn doubled_and_given_back() {
        let x = [0.0, 4.0, 8.0, 12.0f64];
        let g = grid(2, 2, [2, 4], 1, true);
        let mut out = [0.0; 8];
        g.bilinear(&mut out, &x);
        assert_eq!(out, [0.0, 1.0, 3.0, 4.0, 8.0, 9.0, 11.0, 12.0]);
        let mut back = [0.0; 4];
        g.give_back(&mut back, &[1.0; 8]);
        assert_eq!(back, [2.0; 4]);
        let mut near = [0; 8];
        grid(1, 2, [1, 4], 2, false).nearest(&mut near, &[1, 2, 3, 4]);
        assert_eq!(near, [1, 2, 1, 2, 3, 4, 3, 4]);
    }
}
