//! Images seen through a projective map.
//!
//! A pixel (x, y) of the result is taken from the place ((a₀x + a₁y + a₂) / k, (b₀x + b₁y + b₂) / k) of the image, where
//! k = c₀x + c₁y + 1, as TensorFlow's `ImageProjectiveTransformV3` has it. A place outside of the image is moved into it by
//! [`Outside`], or has a value of its own. Nearest takes the pixel that is closest, bilinear weights the four around.
//!
//! Places are computed in single precision whatever the images are, as in TensorFlow: a place that lies on an edge would be
//! rounded to another pixel otherwise. Results are shared among threads by rows, gradients by images, because several
//! results meet in one pixel; they are added in the order of the results.

use crate::math::Float;
use crate::pool;

/// What stands for places outside of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outside {
    /// A value of its own.
    Constant,
    /// The nearest pixel of the edge: `aaa|abcd|ddd`.
    Nearest,
    /// The image in a mirror: `cba|abcd|dcb`.
    Reflect,
    /// The image again: `bcd|abcd|abc`.
    Wrap,
}

/// How images are mapped, whose extents these are.
#[derive(Clone, Copy, Debug)]
pub struct Warp {
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
    /// Elements of a pixel.
    pub channels: usize,
    /// What stands for places outside.
    pub outside: Outside,
    /// The value of [`Outside::Constant`].
    pub fill: f64,
    /// Weights the four pixels around a place.
    pub bilinear: bool,
}

/// A pixel, which may be outside, and how much of it is taken.
type Tap = (Option<usize>, f64);

impl Warp {
    fn image(&self) -> usize {
        self.height * self.width * self.channels
    }

    fn checked(&self, from: usize, to: usize, maps: usize) -> bool {
        let images = from.checked_div(self.image());
        from == to
            && maps.is_multiple_of(8)
            && (from == 0 || images.is_some_and(|n| maps == 8 || maps == 8 * n))
    }

    /// The eight numbers of image `i`: one map may serve all of them.
    fn map(maps: &[f32], i: usize) -> &[f32] {
        if maps.len() == 8 { maps } else { &maps[8 * i..8 * i + 8] }
    }

    /// The mapped images; `maps` has eight numbers for all, or for each.
    pub fn forward<T: Float>(&self, out: &mut [T], x: &[T], maps: &[f32]) {
        assert!(self.checked(x.len(), out.len(), maps.len()), "images or maps of another number");
        let (line, n, fill) = (self.width * self.channels, self.channels, T::of(self.fill));
        let nanoseconds = out.len() as u64 * 8;
        pool::run_mut(out, line, nanoseconds, |i, row| {
            let (image, y) = (i / self.height, i % self.height);
            let (map, x) = (Self::map(maps, image), &x[image * self.image()..(image + 1) * self.image()]);
            for (column, pixel) in row.chunks_mut(n).enumerate() {
                let taps = self.taps(map, column, y);
                for (k, o) in pixel.iter_mut().enumerate() {
                    let value = |(place, _): Tap| place.map_or(fill, |p| x[p * n + k]);
                    let mut sum = T::ZERO;
                    for &tap in &taps {
                        if tap.1 != 0.0 {
                            sum += T::of(tap.1) * value(tap);
                        }
                    }
                    *o = sum;
                }
            }
        });
    }

    /// The gradient: each element of `x`, a result's, given back to the pixels that it was made of.
    pub fn give_back<T: Float>(&self, out: &mut [T], x: &[T], maps: &[f32]) {
        assert!(self.checked(x.len(), out.len(), maps.len()), "images or maps of another number");
        let (line, n) = (self.width * self.channels, self.channels);
        let nanoseconds = x.len() as u64 * 10;
        pool::run_mut(out, self.image(), nanoseconds, |i, part| {
            part.fill(T::ZERO);
            let (map, x) = (Self::map(maps, i), &x[i * self.image()..(i + 1) * self.image()]);
            for (y, row) in x.chunks(line.max(1)).enumerate() {
                for (column, pixel) in row.chunks(n).enumerate() {
                    for (place, weight) in self.taps(map, column, y) {
                        if let Some(p) = place.filter(|_| weight != 0.0) {
                            let sums = part[p * n..p * n + n].iter_mut();
                            sums.zip(pixel).for_each(|(o, &v)| *o += v * T::of(weight));
                        }
                    }
                }
            }
        });
    }

    /// What the pixel at (x, y) of the result is made of.
    fn taps(&self, map: &[f32], x: usize, y: usize) -> [Tap; 4] {
        const NONE: Tap = (None, 0.0);
        const OUTSIDE: [Tap; 4] = [(None, 1.0), NONE, NONE, NONE];
        let (x, y) = (x as f32, y as f32);
        let k = map[6] * x + map[7] * y + 1.0;
        let (sx, sy) = ((map[0] * x + map[1] * y + map[2]) / k, (map[3] * x + map[4] * y + map[5]) / k);
        if !(sx.is_finite() && sy.is_finite()) {
            return OUTSIDE;
        }
        let (x, y) = (self.inside(sx, self.width), self.inside(sy, self.height));
        let place = |row: f32, column: f32| {
            let known =
                (0.0..self.height as f32).contains(&row) && (0.0..self.width as f32).contains(&column);
            known.then(|| row as usize * self.width + column as usize)
        };
        if !self.bilinear {
            return [(place(y.round(), x.round()), 1.0), NONE, NONE, NONE];
        }
        let (left, top) = (x.floor(), y.floor());
        let (across, down) = (f64::from(x) - f64::from(left), f64::from(y) - f64::from(top));
        [
            (place(top, left), (1.0 - down) * (1.0 - across)),
            (place(top, left + 1.0), (1.0 - down) * across),
            (place(top + 1.0, left), down * (1.0 - across)),
            (place(top + 1.0, left + 1.0), down * across),
        ]
    }

    /// A coordinate along an axis of `n` pixels, moved into the image.
    fn inside(&self, at: f32, n: usize) -> f32 {
        let length = n as f32;
        let last = length - 1.0;
        let moved = match self.outside {
            Outside::Constant => return at,
            Outside::Nearest => at,
            _ if n <= 1 => 0.0,
            Outside::Reflect => {
                let period = 2.0 * length;
                if at < 0.0 {
                    let at = if at < period { period * (-at / period).trunc() + at } else { at };
                    if at < -length { at + period } else { -at - 1.0 }
                } else if at > last {
                    let at = at - period * (at / period).trunc();
                    if at >= length { period - at - 1.0 } else { at }
                } else {
                    at
                }
            }
            Outside::Wrap => {
                if at < 0.0 {
                    at + length * ((-at / last).trunc() + 1.0)
                } else if at > last {
                    at - length * (at / last).trunc()
                } else {
                    at
                }
            }
        };
        moved.clamp(0.0, last.max(0.0))
    }
}
