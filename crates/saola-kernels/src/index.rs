//! Reading and writing by index: gather, its reverse, and one-hot rows.

use crate::memory::KernelError;
use crate::pool;

/// Out of `x`, seen as `[outer, n, inner]`, the slices at `indices` along the middle axis.
///
/// # Errors
/// An index outside of `0..n`.
pub fn gather<T: Copy + Send + Sync>(
    out: &mut [T],
    x: &[T],
    indices: &[i64],
    n: usize,
    inner: usize,
) -> Result<(), KernelError> {
    check(indices, n)?;
    if inner == 0 || indices.is_empty() {
        return Ok(());
    }
    let outer = x.len().checked_div(n * inner).unwrap_or(0);
    assert!(out.len() == outer * indices.len() * inner && x.len() == outer * n * inner);
    let nanoseconds = (size_of_val(out) / 8) as u64;
    let rows = (1024 / inner).max(1);
    pool::run_mut(out, rows * inner, nanoseconds, |chunk, part| {
        for (r, row) in part.chunks_mut(inner).enumerate() {
            let position = chunk * rows + r;
            let (o, i) = (position / indices.len(), indices[position % indices.len()] as usize);
            let start = (o * n + i) * inner;
            row.copy_from_slice(&x[start..start + inner]);
        }
    });
    Ok(())
}

/// The reverse of [`gather`]: `out` is zero but for the slices at `indices`, which are the sums of those slices
/// of `x` that have the same index, added in order.
///
/// # Errors
/// An index outside of `0..n`.
pub fn scatter_add<T: crate::math::Float>(
    out: &mut [T],
    x: &[T],
    indices: &[i64],
    n: usize,
    inner: usize,
) -> Result<(), KernelError> {
    check(indices, n)?;
    out.fill(T::ZERO);
    if inner == 0 || indices.is_empty() {
        return Ok(());
    }
    let outer = out.len() / (n * inner);
    assert!(x.len() == outer * indices.len() * inner && out.len() == outer * n * inner);
    for (position, row) in x.chunks(inner).enumerate() {
        let (o, i) = (position / indices.len(), indices[position % indices.len()] as usize);
        let start = (o * n + i) * inner;
        out[start..start + inner].iter_mut().zip(row).for_each(|(o, &v)| *o += v);
    }
    Ok(())
}

/// For each index a row of `depth` that is `off` but for `on` at the index; all `off` for an index outside.
pub fn one_hot<T: Copy>(out: &mut [T], indices: &[i64], depth: usize, on: T, off: T) {
    assert!(out.len() == indices.len() * depth);
    out.fill(off);
    for (row, &index) in out.chunks_mut(depth.max(1)).zip(indices) {
        if let Some(o) = usize::try_from(index).ok().and_then(|i| row.get_mut(i)) {
            *o = on;
        }
    }
}

/// The extents of a lookup that combines: a table `[classes, width]`, and `places` ids for each row of the result.
#[derive(Clone, Copy, Debug)]
pub struct Embedding {
    /// How many rows the table has.
    pub classes: usize,
    /// How long they are.
    pub width: usize,
    /// How many ids a row of the result is made of.
    pub places: usize,
}

/// Row r of `out` is the sum of the rows of `table` that the ids of row r name, times their coefficients, added in
/// order. Negative ids are left out.
///
/// # Errors
/// An id that is no row of the table.
pub fn embedding_sum<T: crate::math::Float>(
    out: &mut [T],
    table: &[T],
    ids: &[i64],
    coefficients: &[T],
    e: Embedding,
) -> Result<(), KernelError> {
    check_padded(ids, e.classes)?;
    out.fill(T::ZERO);
    if out.is_empty() || e.places == 0 {
        return Ok(());
    }
    let n = out.len() / e.width;
    assert!(
        table.len() == e.classes * e.width && ids.len() == n * e.places && coefficients.len() == ids.len()
    );
    let rows = (4096 / (e.width * e.places)).max(1);
    pool::run_mut(out, rows * e.width, (out.len() * e.places / 4) as u64, |chunk, part| {
        for (r, row) in part.chunks_mut(e.width).enumerate() {
            let from = (chunk * rows + r) * e.places;
            let named = ids[from..from + e.places].iter().zip(&coefficients[from..from + e.places]);
            for (&id, &c) in named.filter(|(id, _)| **id >= 0) {
                let start = id as usize * e.width;
                row.iter_mut().zip(&table[start..start + e.width]).for_each(|(o, &v)| *o += c * v);
            }
        }
    });
    Ok(())
}

/// For each id the product of its row of `table` and of the row of `rows` that it belongs to, 0 for a negative one: the
/// gradient of [`embedding_sum`] for the coefficients.
///
/// # Errors
/// An id that is no row of the table.
pub fn embedding_dot<T: crate::math::Float>(
    out: &mut [T],
    table: &[T],
    ids: &[i64],
    rows: &[T],
    e: Embedding,
) -> Result<(), KernelError> {
    check_padded(ids, e.classes)?;
    if out.is_empty() {
        return Ok(());
    }
    let n = out.len() / e.places;
    assert!(table.len() == e.classes * e.width && ids.len() == out.len() && rows.len() == n * e.width);
    let some = (4096 / (e.width.max(1) * e.places)).max(1);
    pool::run_mut(out, some * e.places, (out.len() * e.width / 2) as u64, |chunk, part| {
        for (p, o) in part.iter_mut().enumerate() {
            let position = chunk * some * e.places + p;
            let row = position / e.places * e.width;
            *o = match usize::try_from(ids[position]) {
                Ok(id) => dot(&table[id * e.width..(id + 1) * e.width], &rows[row..row + e.width]),
                Err(_) => T::ZERO,
            };
        }
    });
    Ok(())
}

fn dot<T: crate::math::Float>(a: &[T], b: &[T]) -> T {
    let mut sum = T::ZERO;
    a.iter().zip(b).for_each(|(&a, &b)| sum += a * b);
    sum
}

/// The ids, where a negative one is replaced by the largest of its row of `places`, or by 0 where all are negative: so
/// that zeros added there touch no row that was not looked up.
pub fn embedding_places(out: &mut [i64], ids: &[i64], places: usize) {
    assert!(out.len() == ids.len());
    for (out, ids) in out.chunks_mut(places.max(1)).zip(ids.chunks(places.max(1))) {
        let most = ids.iter().fold(0, |a, &b| a.max(b));
        out.iter_mut().zip(ids).for_each(|(o, &id)| *o = if id < 0 { most } else { id });
    }
}

/// Refuses an index beyond `n`; a negative one is padding.
fn check_padded(indices: &[i64], n: usize) -> Result<(), KernelError> {
    match indices.iter().enumerate().find(|&(_, &i)| i >= n as i64) {
        None => Ok(()),
        Some((position, index)) => Err(KernelError {
            message: format!("id {index} at position {position} is no row of a table of {n}"),
            help: "check the ids, or make the table larger; negative ids are padding".into(),
        }),
    }
}

fn check(indices: &[i64], n: usize) -> Result<(), KernelError> {
    match indices.iter().enumerate().find(|&(_, &i)| i < 0 || i >= n as i64) {
        None => Ok(()),
        Some((position, index)) => Err(KernelError {
            message: format!("index {index} at position {position} is outside of 0..{n}"),
            help: "check the indices, or make the indexed axis larger".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scatter_add_reverses_gather() {
        let x = [1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0];
        let mut out = [0f32; 6];
        gather(&mut out, &x, &[2, 0, 2], 3, 2).unwrap();
        assert_eq!(out, [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
        let mut back = [9f32; 6];
        scatter_add(&mut back, &out, &[2, 0, 2], 3, 2).unwrap();
        assert_eq!(back, [1.0, 2.0, 0.0, 0.0, 10.0, 12.0]);
        let mut middle = [0f32; 2];
        gather(&mut middle, &x, &[1], 3, 1).unwrap();
        assert_eq!(middle, [2.0, 5.0]);
    }

    #[test]
    fn an_index_outside_is_an_error() {
        let error = gather(&mut [0f32; 2], &[0f32; 4], &[0, 4], 4, 1).unwrap_err();
        assert_eq!(error.message, "index 4 at position 1 is outside of 0..4");
        assert!(scatter_add(&mut [0f32; 4], &[0f32; 1], &[-1], 4, 1).is_err());
    }

    #[test]
    fn one_hot_leaves_out_what_is_outside() {
        let mut out = [0f32; 6];
        one_hot(&mut out, &[1, -1], 3, 1.0, 0.0);
        assert_eq!(out, [0.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    }
}
