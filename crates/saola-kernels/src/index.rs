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
