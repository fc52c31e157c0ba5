//! Rows combined by the number of the segment that they belong to, and counts of numbers.
//!
//! Rows go one after the other into the result, whose place their segment says; so equal numbers of segments are
//! combined in the order of the rows, whatever the order of the segments. The loop reads each row once and is bound
//! by memory, so it stays on one thread.

use crate::memory::KernelError;
use crate::reduce::{Reduce, Reduction};

/// `out` of `[segments, inner]`: the rows of `x` of `[ids.len(), inner]`, combined by `ids`. Segments without rows are
/// what a reduction of nothing gives. A negative id leaves its row out, but is an error where ids are to be `sorted`.
///
/// # Errors
/// An id that is no segment, or ids that are not sorted where they are said to be.
pub fn segments<T: Reduce>(
    op: Reduction,
    out: &mut [T],
    x: &[T],
    ids: &[i64],
    inner: usize,
    sorted: bool,
) -> Result<(), KernelError> {
    assert!(x.len() == ids.len() * inner, "segments of other lengths");
    let n = out.len().checked_div(inner).unwrap_or(usize::MAX);
    check(ids, n, sorted)?;
    out.fill(T::start(op));
    if inner == 0 {
        return Ok(());
    }
    for (row, &id) in x.chunks(inner).zip(ids) {
        if let Ok(id) = usize::try_from(id) {
            let into = &mut out[id * inner..(id + 1) * inner];
            into.iter_mut().zip(row).for_each(|(o, &v)| *o = T::fold(op, *o, v));
        }
    }
    Ok(())
}

fn check(ids: &[i64], n: usize, sorted: bool) -> Result<(), KernelError> {
    let outside = |&(_, &id): &(usize, &i64)| usize::try_from(id).map_or(sorted, |id| id >= n);
    if let Some((position, id)) = ids.iter().enumerate().find(outside) {
        return Err(KernelError {
            message: format!("segment {id} at position {position} is outside of 0..{n}"),
            help: "check the segments' numbers, or give a larger number of segments".into(),
        });
    }
    match ids.windows(2).position(|w| w[0] > w[1]).filter(|_| sorted) {
        None => Ok(()),
        Some(i) => Err(KernelError {
            message: format!("segment {} at position {} is less than the one before it", ids[i + 1], i + 1),
            help: "sort rows and segments, or use the form for unsorted segments".into(),
        }),
    }
}

/// For each row of `numbers`, which has `n`, how often each of `0..length` occurs, or the sum of its `weights`.
///
/// # Errors
/// A number outside of `0..length`.
pub fn count<T: Reduce>(
    out: &mut [T],
    numbers: &[i64],
    weights: impl Fn(usize) -> T,
    n: usize,
    length: usize,
) -> Result<(), KernelError> {
    out.fill(T::start(Reduction::Sum));
    for (i, &number) in numbers.iter().enumerate() {
        match usize::try_from(number) {
            Ok(place) if place < length => {
                let o = &mut out[i / n * length + place];
                *o = T::fold(Reduction::Sum, *o, weights(i));
            }
            _ => {
                return Err(KernelError {
                    message: format!("number {number} at position {i} is outside of 0..{length}"),
                    help: "check the numbers, or count up to a larger one".into(),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_by_segment() {
        let x = [1, 2, 3, 4, 5, 6, 7, 8];
        let mut out = [9; 6];
        segments(Reduction::Sum, &mut out, &x, &[2, 0, -1, 2], 2, false).unwrap();
        assert_eq!(out, [3, 4, 0, 0, 8, 10]);
        segments(Reduction::Prod, &mut out, &x, &[0, 0, 0, 2], 2, true).unwrap();
        assert_eq!(out, [15, 48, 1, 1, 7, 8]);
        assert!(segments(Reduction::Sum, &mut out, &x, &[2, 0, 0, 2], 2, true).is_err());
        assert!(segments(Reduction::Sum, &mut out, &x, &[-1, 0, 0, 2], 2, true).is_err());
        let error = segments(Reduction::Sum, &mut out, &x, &[0, 3, 0, 2], 2, false).unwrap_err();
        assert_eq!(error.message, "segment 3 at position 1 is outside of 0..3");
    }

    #[test]
    fn counts() {
        let mut out = [0i64; 6];
        count(&mut out, &[0, 2, 2, 1], |_| 1, 2, 3).unwrap();
        assert_eq!(out, [1, 0, 1, 0, 1, 1]);
        assert!(count(&mut out, &[0, 3, 2, 1], |_| 1, 2, 3).is_err());
        assert!(count(&mut out, &[0, -1, 2, 1], |_| 1, 2, 3).is_err());
    }
}
