//! Sorting, selecting and searching rows of numbers.
//!
//! Every comparison is one of integers: a number becomes a key whose order is that of the numbers, with −0 equal
//! to 0 and every NaN equal and above all else; a descending order is that of the inverted keys. Where the key has
//! 32 bits, it and the position are packed into one integer, so that sorting plain integers sorts positions too,
//! without a comparison function, and equal numbers stay in order because positions break ties. Wider keys stay
//! where they are, and positions are sorted by looking at them. The largest k of many are selected first and only
//! they are sorted. Nothing here allocates; working memory is the caller's. Rows are what threads share.

use crate::memory::{KernelError, Pod};
use crate::pool;
use saola_tensor::{bf16, f16};

/// A type whose values can be put in order.
pub trait Ordered: Pod + Default {
    /// Whether [`Ordered::key`] fits into 32 bits.
    const NARROW: bool;
    /// An integer in the order of the numbers.
    fn key(self) -> i64;
}

macro_rules! ordered_integer {
    ($($t:ty, $narrow:literal);*) => {$(
        impl Ordered for $t {
            const NARROW: bool = $narrow;
            #[inline(always)]
            fn key(self) -> i64 {
                i64::from(self)
            }
        }
    )*};
}
ordered_integer!(u8, true; i32, true; i64, false);

impl Ordered for f32 {
    const NARROW: bool = true;
    #[inline(always)]
    fn key(self) -> i64 {
        if self.is_nan() {
            return i64::from(i32::MAX);
        }
        // Adding 0 makes −0 a 0. Negative numbers are ordered by the inverse of their magnitude.
        let bits = (self + 0.0).to_bits() as i32;
        i64::from(bits ^ ((bits >> 31) as u32 >> 1) as i32)
    }
}

impl Ordered for f64 {
    const NARROW: bool = false;
    #[inline(always)]
    fn key(self) -> i64 {
        if self.is_nan() {
            return i64::MAX;
        }
        let bits = (self + 0.0).to_bits() as i64;
        bits ^ ((bits >> 63) as u64 >> 1) as i64
    }
}

macro_rules! ordered_half {
    ($($t:ty),*) => {$(
        impl Ordered for $t {
            const NARROW: bool = true;
            #[inline(always)]
            fn key(self) -> i64 {
                self.to_f32().key()
            }
        }
    )*};
}
ordered_half!(bf16, f16);

/// How many of each row are wanted, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Want {
    /// The length of a row.
    pub n: usize,
    /// How many are wanted of it.
    pub k: usize,
    /// The largest first.
    pub descending: bool,
}

/// Whether [`order`] needs its second working memory for rows of `n`.
pub fn needs_positions<T: Ordered>(n: usize) -> bool {
    !T::NARROW || n > u32::MAX as usize
}

/// The positions of the first `want.k` of each row of `x` in order; equal numbers keep theirs. `keys` is as long as
/// `x`, and so is `positions` where [`needs_positions`] says so.
pub fn order<T: Ordered>(indices: &mut [i64], x: &[T], want: Want, keys: &mut [i64], positions: &mut [i64]) {
    let Want { n, k, descending } = want;
    assert!(k <= n && keys.len() == x.len(), "an order of other lengths");
    if n == 0 || k == 0 {
        return;
    }
    assert!(x.len().is_multiple_of(n) && indices.len() == x.len() / n * k, "an order of other lengths");
    let packed = !needs_positions::<T>(n);
    let nanoseconds = x.len() as u64 * (2 + 2 * u64::from(n.ilog2()));
    pool::run_mut(keys, n, nanoseconds, |row, keys| {
        for (i, (key, &v)) in keys.iter_mut().zip(&x[row * n..(row + 1) * n]).enumerate() {
            let directed = if descending { !v.key() } else { v.key() };
            *key = if packed { directed << 32 | i as i64 } else { directed };
        }
        if packed {
            first(keys, k, i64::cmp);
        }
    });
    if packed {
        pool::run_mut(indices, k, indices_cost(x), |row, out| {
            out.iter_mut().zip(&keys[row * n..]).for_each(|(o, &key)| *o = key & 0xFFFF_FFFF);
        });
        return;
    }
    assert!(positions.len() == x.len(), "an order of other lengths");
    pool::run_mut(positions, n, nanoseconds * 2, |row, positions| {
        let keys = &keys[row * n..(row + 1) * n];
        positions.iter_mut().enumerate().for_each(|(i, p)| *p = i as i64);
        first(positions, k, |&a, &b| (keys[a as usize], a).cmp(&(keys[b as usize], b)));
    });
    pool::run_mut(indices, k, indices_cost(x), |row, out| {
        out.copy_from_slice(&positions[row * n..row * n + k]);
    });
}

fn indices_cost<T>(x: &[T]) -> u64 {
    x.len() as u64 / 2
}

/// Puts the first `k` in order, in front.
fn first(x: &mut [i64], k: usize, compare: impl Fn(&i64, &i64) -> std::cmp::Ordering + Copy) {
    if k < x.len() {
        x.select_nth_unstable_by(k, compare);
    }
    x[..k].sort_unstable_by(compare);
}

/// `out`: the elements of each row of `x` at `indices`, of which there are `k` for every `n`.
pub fn pick<T: Copy + Send + Sync>(out: &mut [T], x: &[T], indices: &[i64], n: usize, k: usize) {
    assert!(out.len() == indices.len(), "a pick of other lengths");
    pool::run_mut(out, k, out.len() as u64, |row, out| {
        let (x, indices) = (&x[row * n..(row + 1) * n], &indices[row * k..(row + 1) * k]);
        out.iter_mut().zip(indices).for_each(|(o, &i)| *o = x[i as usize]);
    });
}

/// For each value the number of elements of its row of `sorted` that are before it, or, from the `right`, not behind
/// it. Rows have `n` elements; there are as many values for each row.
///
/// # Errors
/// A row that is not sorted.
pub fn search<T: Ordered>(
    out: &mut [i64],
    sorted: &[T],
    values: &[T],
    n: usize,
    right: bool,
) -> Result<(), KernelError> {
    assert!(out.len() == values.len(), "a search of other lengths");
    let rows = sorted.len().checked_div(n).unwrap_or(1);
    for (row, line) in sorted.chunks(n.max(1)).enumerate() {
        if let Some(i) = line.windows(2).position(|w| w[0].key() > w[1].key()) {
            return Err(KernelError {
                message: format!("element {} of row {row} is less than the one before it", i + 1),
                help: "sort the sequence with `.sort(..)` first".into(),
            });
        }
    }
    let per_row = values.len().checked_div(rows).unwrap_or(0);
    assert!(per_row * rows == values.len(), "a search of other lengths");
    let nanoseconds = values.len() as u64 * 10;
    pool::run_mut(out, 1024, nanoseconds, |chunk, part| {
        for (j, o) in part.iter_mut().enumerate().map(|(j, o)| (chunk * 1024 + j, o)) {
            let row = j / per_row;
            let (line, key) = (&sorted[row * n..(row + 1) * n], values[j].key());
            *o = line.partition_point(|v| if right { v.key() <= key } else { v.key() < key }) as i64;
        }
    });
    Ok(())
}

/// What [`unique`] writes.
pub struct Unique<'a, T> {
    /// The different values in ascending order; behind them the first again.
    pub values: &'a mut [T],
    /// For each element which of the values it is.
    pub inverse: &'a mut [i64],
    /// How many elements have each value; 0 behind the last.
    pub counts: &'a mut [i64],
    /// How many different values there are.
    pub number: &'a mut [i64],
}

/// The different values of `x`, whose positions in ascending order are `order`.
pub fn unique<T: Ordered>(out: Unique<'_, T>, x: &[T], order: &[i64]) {
    let n = x.len();
    let same = out.values.len() == n && out.inverse.len() == n && out.counts.len() == n;
    assert!(same && order.len() == n && out.number.len() == 1, "different values of another length");
    out.counts.fill(0);
    let mut number = 0;
    for (i, &position) in order.iter().enumerate() {
        let v = x[position as usize];
        if i == 0 || x[order[i - 1] as usize].key() != v.key() {
            out.values[number] = v;
            number += 1;
        }
        out.inverse[position as usize] = number as i64 - 1;
        out.counts[number - 1] += 1;
    }
    if let Some(&least) = out.values.first() {
        out.values[number..].fill(least);
    }
    out.number[0] = number as i64;
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ordered<T: Ordered>(x: &[T], n: usize, k: usize, descending: bool) -> Vec<i64> {
        let mut indices = vec![0; x.len() / n * k];
        let want = Want { n, k, descending };
        let positions = if needs_positions::<T>(n) { x.len() } else { 0 };
        order(&mut indices, x, want, &mut vec![0; x.len()], &mut vec![0; positions]);
        indices
    }

    #[test]
    fn special_numbers() {
        let x = [f32::NAN, 0.0, f32::INFINITY, -0.0, f32::NEG_INFINITY, -1.0, -f32::NAN];
        assert_eq!(ordered(&x, 7, 7, false), [4, 5, 1, 3, 2, 0, 6]);
        assert_eq!(ordered(&x, 7, 3, true), [0, 6, 2]);
        let wide = x.map(f64::from);
        assert_eq!(ordered(&wide, 7, 7, false), [4, 5, 1, 3, 2, 0, 6]);
        assert_eq!(ordered(&[i64::MAX, i64::MIN, 0], 3, 3, true), [0, 2, 1]);
    }

    proptest! {
        #[test]
        fn is_a_stable_sort(x in proptest::collection::vec(-20i32..20, 1..200), k: usize, descending: bool) {
            let n = x.len();
            let k = k % (n + 1);
            let mut expected: Vec<i64> = (0..n as i64).collect();
            // The standard library's stable sort, by value alone.
            expected.sort_by_key(|&i| if descending { -x[i as usize] } else { x[i as usize] });
            expected.truncate(k);
            prop_assert_eq!(&ordered(&x, n, k, descending), &expected);
            let wide: Vec<i64> = x.iter().map(|&v| i64::from(v)).collect();
            prop_assert_eq!(&ordered(&wide, n, k, descending), &expected);
            let floats: Vec<f32> = x.iter().map(|&v| v as f32).collect();
            prop_assert_eq!(&ordered(&floats, n, k, descending), &expected);
        }
    }

    #[test]
    fn searches() {
        let sorted = [1.0, 2.0, 2.0, 3.0, 0.0, 0.0, 0.0, 9.0];
        let mut out = [0; 4];
        search(&mut out, &sorted, &[2.0, 4.0, -1.0, 0.0], 4, false).unwrap();
        assert_eq!(out, [1, 4, 0, 0]);
        search(&mut out, &sorted, &[2.0, 4.0, -1.0, 0.0], 4, true).unwrap();
        assert_eq!(out, [3, 4, 0, 3]);
        assert!(search(&mut out, &sorted, &[0.0; 4], 8, true).is_err());
        search(&mut out, &[], &[1.0f64; 4], 0, true).unwrap();
        assert_eq!(out, [0; 4]);
    }

    #[test]
    fn different_values() {
        let x = [3, 1, 3, 2, 1, 3];
        let order = ordered(&x, 6, 6, false);
        let (mut values, mut inverse, mut counts, mut number) = ([0; 6], [0; 6], [0; 6], [0]);
        let out =
            Unique { values: &mut values, inverse: &mut inverse, counts: &mut counts, number: &mut number };
        unique(out, &x, &order);
        assert_eq!((values, counts, number), ([1, 2, 3, 1, 1, 1], [2, 1, 3, 0, 0, 0], [3]));
        assert_eq!(inverse, [2, 0, 2, 1, 0, 2]);
    }
}
