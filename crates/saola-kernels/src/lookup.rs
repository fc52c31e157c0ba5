//! Blocks by index: lookups whose indices are coordinates, follow an axis, or belong to one of many batches, and
//! the writes that reverse them.
//!
//! All of them copy or combine blocks of neighbouring elements. They differ in where block `i` of the looked-up
//! array is in the other one, which is a [`Lookup`]. The indices are checked once, before anything is moved;
//! reads are then shared among threads by position. Writes may meet, so they go in order on one thread: the
//! result of equal indices is that of one loop from the first to the last.

use crate::memory::KernelError;
use crate::pool;
use crate::reduce::{Reduce, Reduction};

/// Where block `i` is.
#[derive(Clone, Debug, PartialEq)]
pub enum Lookup {
    /// Each row of indices is the coordinates of a block, one for each of `extents`. The array has one part for every
    /// `rows` rows.
    Coordinates {
        /// The extents that the coordinates run over.
        extents: Vec<usize>,
        /// How many rows of indices belong to one batch.
        rows: usize,
    },
    /// Indices as many as the result has elements, along the middle of `[outer, n, inner]`; the result is
    /// `[outer, k, inner]`.
    Along {
        /// The extent that is indexed.
        n: usize,
        /// How many are taken of it.
        k: usize,
        /// The elements behind the axis.
        inner: usize,
    },
    /// `k` indices for each batch, along the last but the block of `[batch, outer, n]`; the result is
    /// `[batch, outer, k]`.
    Batched {
        /// The extent that is indexed.
        n: usize,
        /// How many are taken of it.
        k: usize,
        /// The extents between the batch and the axis.
        outer: usize,
    },
}

impl Lookup {
    /// How many blocks the array has for `blocks` of the result.
    fn blocks(&self, blocks: usize) -> usize {
        match self {
            Lookup::Coordinates { extents, rows } => {
                blocks.checked_div(*rows).unwrap_or(0) * extents.iter().product::<usize>()
            }
            Lookup::Along { n, k, .. } | Lookup::Batched { n, k, .. } => {
                blocks.checked_div(*k).unwrap_or(0) * n
            }
        }
    }

    /// How many indices there are for `blocks` of the result.
    fn indices(&self, blocks: usize) -> usize {
        match self {
            Lookup::Coordinates { extents, .. } => blocks * extents.len(),
            Lookup::Along { .. } => blocks,
            Lookup::Batched { outer, .. } => blocks.checked_div(*outer).unwrap_or(0),
        }
    }

    /// The block that block `i` of the result is.
    #[inline]
    fn place(&self, indices: &[i64], i: usize) -> usize {
        match self {
            Lookup::Coordinates { extents, rows } => {
                let row = &indices[i * extents.len()..(i + 1) * extents.len()];
                extents.iter().zip(row).fold(i / rows, |at, (n, &c)| at * n + c as usize)
            }
            Lookup::Along { n, k, inner } => {
                let outer = i / (k * inner);
                (outer * n + indices[i] as usize) * inner + i % inner
            }
            Lookup::Batched { n, k, outer } => {
                let (part, column) = (i / k, i % k);
                part * n + indices[part / outer * k + column] as usize
            }
        }
    }

    fn check(&self, indices: &[i64]) -> Result<(), KernelError> {
        let outside = |position: usize, index: i64, n: usize| KernelError {
            message: format!("index {index} at position {position} is outside of 0..{n}"),
            help: "check the indices, or make the indexed axis larger".into(),
        };
        let beyond = |index: i64, n: usize| index < 0 || index >= n as i64;
        match self {
            Lookup::Coordinates { extents, .. } => {
                for (i, &index) in indices.iter().enumerate() {
                    let n = extents[i % extents.len()];
                    if beyond(index, n) {
                        return Err(outside(i, index, n));
                    }
                }
            }
            Lookup::Along { n, .. } | Lookup::Batched { n, .. } => {
                if let Some(i) = indices.iter().position(|&index| beyond(index, *n)) {
                    return Err(outside(i, indices[i], *n));
                }
            }
        }
        Ok(())
    }

    /// The number of blocks in `len` elements, where the lengths of the three fit each other.
    fn checked(
        &self,
        taken: usize,
        array: usize,
        indices: &[i64],
        inner: usize,
    ) -> Result<usize, KernelError> {
        self.check(indices)?;
        let blocks = taken.checked_div(inner).unwrap_or(0);
        let fits = blocks * inner == taken && (blocks == 0 || self.indices(blocks) == indices.len());
        assert!(fits && (blocks == 0 || array == self.blocks(blocks) * inner), "a lookup of other lengths");
        Ok(blocks)
    }
}

/// `out`: the blocks of `inner` elements of `x` that `lookup` finds by `indices`.
///
/// # Errors
/// An index outside of its axis.
pub fn take<T: Copy + Send + Sync>(
    out: &mut [T],
    x: &[T],
    indices: &[i64],
    lookup: &Lookup,
    inner: usize,
) -> Result<(), KernelError> {
    if lookup.checked(out.len(), x.len(), indices, inner)? == 0 {
        return Ok(());
    }
    let nanoseconds = (out.len() / inner * 4 + size_of_val(out) / 8) as u64;
    let chunk = (1024 / inner).max(1);
    pool::run_mut(out, chunk * inner, nanoseconds, |c, part| {
        for (i, block) in part.chunks_mut(inner).enumerate() {
            let place = lookup.place(indices, c * chunk + i) * inner;
            block.copy_from_slice(&x[place..place + inner]);
        }
    });
    Ok(())
}

/// Writes the blocks of `x` where `lookup` finds them in `out`, one after the other.
///
/// # Errors
/// An index outside of its axis; `out` is then as it was.
pub fn put<T: Reduce>(
    out: &mut [T],
    x: &[T],
    indices: &[i64],
    lookup: &Lookup,
    inner: usize,
    reduction: Reduction,
) -> Result<(), KernelError> {
    let blocks = lookup.checked(x.len(), out.len(), indices, inner)?;
    for i in 0..blocks {
        let place = lookup.place(indices, i) * inner;
        let (into, from) = (&mut out[place..place + inner], &x[i * inner..(i + 1) * inner]);
        into.iter_mut().zip(from).for_each(|(o, &v)| *o = T::fold(reduction, *o, v));
    }
    Ok(())
}

/// As [`put`], but replaces what is there: of equal indices the last one stays.
///
/// # Errors
/// An index outside of its axis; `out` is then as it was.
pub fn set<T: Copy>(
    out: &mut [T],
    x: &[T],
    indices: &[i64],
    lookup: &Lookup,
    inner: usize,
) -> Result<(), KernelError> {
    let blocks = lookup.checked(x.len(), out.len(), indices, inner)?;
    for i in 0..blocks {
        let place = lookup.place(indices, i) * inner;
        out[place..place + inner].copy_from_slice(&x[i * inner..(i + 1) * inner]);
    }
    Ok(())
}

/// The gradient of what [`set`] wrote: as [`take`], but zero for blocks that a later one replaced. `seen` has room
/// for a mark per block of `x`.
///
/// # Errors
/// An index outside of its axis.
pub fn take_last<T: Copy + Default>(
    out: &mut [T],
    x: &[T],
    indices: &[i64],
    lookup: &Lookup,
    inner: usize,
    seen: &mut [u8],
) -> Result<(), KernelError> {
    let blocks = lookup.checked(out.len(), x.len(), indices, inner)?;
    seen.fill(0);
    for i in (0..blocks).rev() {
        let place = lookup.place(indices, i);
        let block = &mut out[i * inner..(i + 1) * inner];
        match std::mem::replace(&mut seen[place], 1) {
            0 => block.copy_from_slice(&x[place * inner..(place + 1) * inner]),
            _ => block.fill(T::default()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates() {
        let x: Vec<i32> = (0..12).collect();
        let lookup = Lookup::Coordinates { extents: vec![2, 3], rows: 3 };
        let mut out = [0; 6];
        take(&mut out, &x, &[1, 2, 0, 0, 1, 0], &lookup, 2).unwrap();
        assert_eq!(out, [10, 11, 0, 1, 6, 7]);
        let batched = Lookup::Coordinates { extents: vec![3], rows: 1 };
        let mut out = [0; 4];
        take(&mut out, &x, &[2, 0], &batched, 2).unwrap();
        assert_eq!(out, [4, 5, 6, 7]);
        let error = take(&mut out, &x, &[2, 3], &batched, 2).unwrap_err();
        assert_eq!(error.message, "index 3 at position 1 is outside of 0..3");
    }

    #[test]
    fn along_an_axis_and_batched() {
        let x: Vec<i32> = (0..12).collect();
        let mut out = [0; 4];
        take(&mut out, &x, &[2, 0, 1, 1], &Lookup::Along { n: 3, k: 1, inner: 2 }, 1).unwrap();
        assert_eq!(out, [4, 1, 8, 9]);
        let mut out = [0; 8];
        let lookup = Lookup::Batched { n: 3, k: 2, outer: 2 };
        take(&mut out, &x, &[2, 0], &lookup, 2).unwrap();
        assert_eq!(out, [4, 5, 0, 1, 10, 11, 6, 7]);
    }

    #[test]
    fn the_last_of_equal_indices_stays() {
        let lookup = Lookup::Coordinates { extents: vec![4], rows: 3 };
        let (mut out, x, indices) = ([9; 4], [1, 2, 3], [1, 0, 1]);
        set(&mut out, &x, &indices, &lookup, 1).unwrap();
        assert_eq!(out, [2, 3, 9, 9]);
        put(&mut out, &x, &indices, &lookup, 1, Reduction::Sum).unwrap();
        assert_eq!(out, [4, 7, 9, 9]);
        let mut back = [0; 3];
        take_last(&mut back, &[5, 6, 7, 8], &indices, &lookup, 1, &mut [0; 4]).unwrap();
        assert_eq!(back, [0, 5, 6]);
        assert!(put(&mut out, &x, &[0, -1, 0], &lookup, 1, Reduction::Sum).is_err());
        assert_eq!(out, [4, 7, 9, 9]);
    }
}
