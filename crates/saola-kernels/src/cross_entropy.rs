//! Softmax followed by cross-entropy, as one operation on logits.
//!
//! Taken together they are both cheaper and more exact than one after the other: the loss of a row is
//! `ln Σ e^(x − max) − (x_label − max)` without any quotient, and its gradient is `softmax(x) − label`.

use crate::math::Float;
use crate::memory::KernelError;
use crate::multiversion;
use crate::pool;
use crate::softmax::{exponentials, largest, sum};
use crate::strips::Strips;

/// For each row of `n` logits: `loss[i]` against the class `labels[i]`, and the row's softmax.
///
/// # Errors
/// A label outside of `0..n`.
pub fn sparse<T: Float>(
    loss: &mut [T],
    probabilities: &mut [T],
    x: &[T],
    labels: &[i64],
    n: usize,
) -> Result<(), KernelError> {
    assert!(loss.len() == labels.len() && x.len() == labels.len() * n && probabilities.len() == x.len());
    if let Some((row, &label)) = labels.iter().enumerate().find(|&(_, &l)| l < 0 || l >= n as i64) {
        return Err(KernelError {
            message: format!(
                "label {label} at row {row} is not a class: there are {n} classes, 0 to {}",
                n as i64 - 1
            ),
            help: "number the classes from 0, or give the last layer one unit per class".into(),
        });
    }
    in_strips(loss, probabilities, x, n, |from, loss, probabilities, x| {
        sparse_rows(loss, probabilities, x, &labels[from..from + loss.len()], n);
    });
    Ok(())
}

/// The gradient of [`sparse`]: `(probabilities − one-hot label) · dy[i]` for each row.
pub fn sparse_gradient<T: Float>(dx: &mut [T], probabilities: &[T], labels: &[i64], dy: &[T], n: usize) {
    assert!(dy.len() == labels.len() && dx.len() == labels.len() * n && probabilities.len() == dx.len());
    for (i, row) in dx.chunks_mut(n.max(1)).enumerate() {
        let p = &probabilities[i * n..(i + 1) * n];
        row.iter_mut().zip(p).for_each(|(o, &p)| *o = p * dy[i]);
        if let Some(o) = row.get_mut(labels[i] as usize) {
            *o = *o - dy[i];
        }
    }
}

/// For each row of `n` logits: `loss[i] = −Σ label · log-softmax(x)`, and the row's softmax.
pub fn dense<T: Float>(loss: &mut [T], probabilities: &mut [T], x: &[T], labels: &[T], n: usize) {
    assert!(x.len() == loss.len() * n && labels.len() == x.len() && probabilities.len() == x.len());
    in_strips(loss, probabilities, x, n, |from, loss, probabilities, x| {
        dense_rows(loss, probabilities, x, &labels[from * n..from * n + x.len()], n);
    });
}

/// The gradient of [`dense`] for the logits: `(probabilities · Σ label − label) · dy[i]` for each row.
pub fn dense_gradient<T: Float>(dx: &mut [T], probabilities: &[T], labels: &[T], dy: &[T], n: usize) {
    assert!(dx.len() == dy.len() * n && labels.len() == dx.len() && probabilities.len() == dx.len());
    for (i, row) in dx.chunks_mut(n.max(1)).enumerate() {
        let range = i * n..(i + 1) * n;
        let (p, labels) = (&probabilities[range.clone()], &labels[range]);
        let mut mass = T::ZERO;
        labels.iter().for_each(|&l| mass += l);
        row.iter_mut().zip(p.iter().zip(labels)).for_each(|(o, (&p, &l))| *o = (p * mass - l) * dy[i]);
    }
}

/// Calls `rows(first row, losses, probabilities, logits)` for strips of rows, on several threads where it is worth it.
fn in_strips<T: Float>(
    loss: &mut [T],
    probabilities: &mut [T],
    x: &[T],
    n: usize,
    rows: impl Fn(usize, &mut [T], &mut [T], &[T]) + Sync,
) {
    let strip = (4096 / n.max(1)).max(1);
    let count = loss.len().div_ceil(strip);
    let (loss, probabilities) = (Strips::new(loss, strip), Strips::new(probabilities, strip * n));
    pool::run(count, x.len() as u64, |i| {
        // SAFETY: strip `i` is given out once.
        let (loss, probabilities) = unsafe { (loss.get(i), probabilities.get(i)) };
        let from = i * strip;
        rows(from, loss, probabilities, &x[from * n..(from + loss.len()) * n]);
    });
}

multiversion! {
    fn sparse_rows<T: Float>(loss: &mut [T], probabilities: &mut [T], x: &[T], labels: &[i64], n: usize) {
        exponentials(probabilities, x, n.max(1));
        for (i, (&label, loss)) in labels.iter().zip(loss).enumerate() {
            let row = &x[i * n..(i + 1) * n];
            let total = normalize(&mut probabilities[i * n..(i + 1) * n]);
            *loss = total.ln() - (row[label as usize] - largest(row));
        }
    }
}

multiversion! {
    fn dense_rows<T: Float>(loss: &mut [T], probabilities: &mut [T], x: &[T], labels: &[T], n: usize) {
        exponentials(probabilities, x, n.max(1));
        for (i, loss) in loss.iter_mut().enumerate() {
            let (row, labels) = (&x[i * n..(i + 1) * n], &labels[i * n..(i + 1) * n]);
            let (max, log) = (largest(row), normalize(&mut probabilities[i * n..(i + 1) * n]).ln());
            let mut total = T::ZERO;
            row.iter().zip(labels).for_each(|(&x, &l)| total += l * (log - (x - max)));
            *loss = total;
        }
    }
}

/// Divides a row by its sum, which is the result.
#[inline(always)]
fn normalize<T: Float>(row: &mut [T]) -> T {
    let total = sum(row);
    let factor = T::ONE / total;
    row.iter_mut().for_each(|p| *p = *p * factor);
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sparse_equals_dense_with_one_hot_labels() {
        let x = [0.1f64, 2.0, -1.0, 500.0, 0.0, 499.0];
        let (mut a, mut b, mut p) = ([0.0; 2], [0.0; 2], [0.0; 6]);
        sparse(&mut a, &mut p, &x, &[2, 0], 3).unwrap();
        dense(&mut b, &mut p, &x, &[0.0, 0.0, 1.0, 1.0, 0.0, 0.0], 3);
        assert!((a[0] - b[0]).abs() < 1e-12 && (a[1] - b[1]).abs() < 1e-12);
        assert!((a[0] + p[2].ln()).abs() < 1e-12);
    }

    #[test]
    fn a_label_that_is_no_class_is_an_error() {
        let mut p = [0f32; 3];
        let error = sparse(&mut [0f32], &mut p, &[0.0; 3], &[3], 3).unwrap_err();
        assert!(error.message.contains("label 3 at row 0"));
        assert!(sparse(&mut [0f32], &mut p, &[0.0; 3], &[-1], 3).is_err());
    }
}
