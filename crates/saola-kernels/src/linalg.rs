//! Small linear algebra: factorizations of square matrices, and what is solved with them.
//!
//! These are plain loops over rows, for matrices of up to a few hundred rows, as they occur inside of models:
//! covariances, whitening, implicit layers. A matrix of n rows takes about n³/3 to 2n³ multiplications on one thread
//! and is not blocked for caches; a thousand rows take a second or so. All inner loops run along rows, where elements
//! are neighbours.
//!
//! * `cholesky` computes a lower triangle row by row from the input's lower triangle.
//! * `solve`, `inverse` and `det` share one LU factorization with partial pivoting: the largest element of a column
//!   becomes the pivot, which bounds the growth of rounding errors in all but made-up cases.
//! * `qr` reflects columns one after the other (Householder), with the signs that LAPACK chooses: the reflection
//!   goes to the side away from the column, so that nothing cancels.
//!
//! A matrix without an answer is an error that names it.

use crate::math::Float;
use crate::memory::KernelError;

fn no_answer(matrix: usize, what: &str, help: &str) -> KernelError {
    KernelError { message: format!("matrix {matrix} {what}"), help: help.into() }
}

fn singular(matrix: usize) -> KernelError {
    no_answer(
        matrix,
        "is singular",
        "check for rows that depend on each other, or add a small multiple of the identity",
    )
}

fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    a.iter().zip(b).fold(T::ZERO, |s, (&x, &y)| s + x * y)
}

/// Adds `factor` times `from` to `to`.
fn add_times<T: Float>(to: &mut [T], factor: T, from: &[T]) {
    to.iter_mut().zip(from).for_each(|(t, &f)| *t += factor * f);
}

/// Rows `i` and `j` of a matrix of `n` columns, of which the first is changed.
fn two_rows<T>(x: &mut [T], i: usize, j: usize, n: usize) -> (&mut [T], &[T]) {
    if i < j {
        let (low, high) = x.split_at_mut(j * n);
        (&mut low[i * n..(i + 1) * n], &high[..n])
    } else {
        let (low, high) = x.split_at_mut(i * n);
        (&mut high[..n], &low[j * n..(j + 1) * n])
    }
}

/// The lower triangles whose products with their transposes are the matrices of `n` rows in `a`, of which only the
/// lower triangles are read.
///
/// # Errors
/// A matrix that is not positive definite.
pub fn cholesky<T: Float>(out: &mut [T], a: &[T], n: usize) -> Result<(), KernelError> {
    assert!(out.len() == a.len() && a.len().is_multiple_of((n * n).max(1)), "matrices of another size");
    for (m, (l, a)) in out.chunks_mut((n * n).max(1)).zip(a.chunks((n * n).max(1))).enumerate() {
        l.fill(T::ZERO);
        for i in 0..n {
            for j in 0..=i {
                let rest = a[i * n + j] - dot(&l[i * n..i * n + j], &l[j * n..j * n + j]);
                l[i * n + j] = if i > j {
                    rest / l[j * n + j]
                } else if rest > T::ZERO {
                    rest.sqrt()
                } else {
                    return Err(no_answer(
                        m,
                        &format!("is not positive definite: its pivot {i} is {}", rest.f64()),
                        "check that the matrix is symmetric, or add a small multiple of the identity",
                    ));
                };
            }
        }
    }
    Ok(())
}

/// Which triangle is solved, and whether its transpose is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Triangle {
    /// The elements below the diagonal and on it are read, else those above and on it.
    pub lower: bool,
    /// Solves with the transposed matrix.
    pub transpose: bool,
}

/// The solutions `out` of `a · out = b`, for triangular matrices of `n` rows and right sides of `k` columns.
///
/// # Errors
/// A zero on a diagonal.
pub fn triangular_solve<T: Float>(
    out: &mut [T],
    a: &[T],
    b: &[T],
    n: usize,
    k: usize,
    triangle: Triangle,
) -> Result<(), KernelError> {
    out.copy_from_slice(b);
    if out.is_empty() {
        return Ok(());
    }
    assert!(
        a.len() / (n * n) == b.len() / (n * k) && a.len().is_multiple_of(n * n),
        "matrices of another size"
    );
    for (m, (x, a)) in out.chunks_mut(n * k).zip(a.chunks(n * n)).enumerate() {
        if (0..n).any(|i| a[i * n + i] == T::ZERO) {
            return Err(singular(m));
        }
        substitute(x, a, n, k, triangle);
    }
    Ok(())
}

/// One triangular system, in place; the diagonal has no zero.
fn substitute<T: Float>(x: &mut [T], a: &[T], n: usize, k: usize, triangle: Triangle) {
    let forward = triangle.lower != triangle.transpose;
    let at = |i: usize, j: usize| if triangle.transpose { a[j * n + i] } else { a[i * n + j] };
    for step in 0..n {
        let i = if forward { step } else { n - 1 - step };
        let known = if forward { 0..i } else { i + 1..n };
        for j in known {
            let (row, other) = two_rows(x, i, j, k);
            add_times(row, -at(i, j), other);
        }
        let pivot = a[i * n + i];
        x[i * k..(i + 1) * k].iter_mut().for_each(|v| *v = *v / pivot);
    }
}

/// Working memory of a factorization: a matrix of `n` rows, and `n` row numbers.
pub struct Factors<'a, T> {
    /// L below the diagonal, U on it and above.
    pub lu: &'a mut [T],
    /// Which row of the matrix each row is.
    pub rows: &'a mut [i64],
}

impl<T: Float> Factors<'_, T> {
    /// Factorizes `a`; gives the sign of the permutation, or 0 where the matrix is singular.
    fn of(&mut self, a: &[T], n: usize) -> f64 {
        self.lu.copy_from_slice(a);
        self.rows.iter_mut().enumerate().for_each(|(i, r)| *r = i as i64);
        let mut sign = 1.0;
        for c in 0..n {
            let size = |r: usize| self.lu[r * n + c].abs();
            let best = (c + 1..n).fold(c, |best, r| if size(r) > size(best) { r } else { best });
            if self.lu[best * n + c] == T::ZERO {
                return 0.0;
            }
            if best != c {
                self.rows.swap(best, c);
                (0..n).for_each(|j| self.lu.swap(best * n + j, c * n + j));
                sign = -sign;
            }
            for r in c + 1..n {
                let factor = self.lu[r * n + c] / self.lu[c * n + c];
                self.lu[r * n + c] = factor;
                let (row, pivot) = two_rows(self.lu, r, c, n);
                add_times(&mut row[c + 1..], -factor, &pivot[c + 1..]);
            }
        }
        sign
    }

    /// The solution of the factorized matrix, for `k` columns of `b(row, column)`.
    fn solve(&self, x: &mut [T], b: impl Fn(usize, usize) -> T, n: usize, k: usize) {
        for (i, &row) in self.rows.iter().enumerate() {
            (0..k).for_each(|c| x[i * k + c] = b(row as usize, c));
        }
        for i in 0..n {
            for j in 0..i {
                let (row, other) = two_rows(x, i, j, k);
                add_times(row, -self.lu[i * n + j], other);
            }
        }
        substitute(x, self.lu, n, k, Triangle { lower: false, transpose: false });
    }

    fn checked(&self, n: usize) {
        assert!(self.lu.len() == n * n && self.rows.len() == n, "working memory of another size");
    }
}

/// The solutions `out` of `a · out = b`, for matrices of `n` rows and right sides of `k` columns.
///
/// # Errors
/// A singular matrix.
pub fn solve<T: Float>(
    out: &mut [T],
    a: &[T],
    b: &[T],
    n: usize,
    k: usize,
    mut factors: Factors<'_, T>,
) -> Result<(), KernelError> {
    factors.checked(n);
    assert!(out.len() == b.len(), "matrices of another size");
    if out.is_empty() {
        return Ok(());
    }
    assert!(
        a.len() / (n * n) == b.len() / (n * k) && a.len().is_multiple_of(n * n),
        "matrices of another size"
    );
    for (m, ((x, a), b)) in out.chunks_mut(n * k).zip(a.chunks(n * n)).zip(b.chunks(n * k)).enumerate() {
        if factors.of(a, n) == 0.0 {
            return Err(singular(m));
        }
        factors.solve(x, |r, c| b[r * k + c], n, k);
    }
    Ok(())
}

/// The inverses of the matrices of `n` rows in `a`.
///
/// # Errors
/// A singular matrix.
pub fn inverse<T: Float>(
    out: &mut [T],
    a: &[T],
    n: usize,
    mut factors: Factors<'_, T>,
) -> Result<(), KernelError> {
    factors.checked(n);
    assert!(out.len() == a.len() && a.len().is_multiple_of((n * n).max(1)), "matrices of another size");
    for (m, (x, a)) in out.chunks_mut((n * n).max(1)).zip(a.chunks((n * n).max(1))).enumerate() {
        if factors.of(a, n) == 0.0 {
            return Err(singular(m));
        }
        factors.solve(x, |r, c| if r == c { T::ONE } else { T::ZERO }, n, n);
    }
    Ok(())
}

/// The determinants of the matrices of `n` rows in `a`; 1 for those without rows.
pub fn det<T: Float>(out: &mut [T], a: &[T], n: usize, mut factors: Factors<'_, T>) {
    factors.checked(n);
    assert!(a.len() == out.len() * n * n, "matrices of another size");
    out.fill(T::ONE);
    for (o, a) in out.iter_mut().zip(a.chunks((n * n).max(1))) {
        let sign = factors.of(a, n);
        *o = match sign {
            0.0 => T::ZERO,
            sign => (0..n).fold(T::of(sign), |d, i| d * factors.lu[i * n + i]),
        };
    }
}

/// The factors of the matrices of `m` rows and `n` columns in `a`: `q` of `min(m, n)` orthonormal columns and `r`, an
/// upper triangle of as many rows. `work` has room for a matrix, and `scale` for `min(m, n)` numbers.
pub fn qr<T: Float>(q: &mut [T], r: &mut [T], a: &[T], [m, n]: [usize; 2], work: &mut [T], scale: &mut [T]) {
    let k = m.min(n);
    assert!(work.len() == m * n && scale.len() == k, "working memory of another size");
    if m * n == 0 {
        return;
    }
    let matrices = a.len() / (m * n);
    let fits = a.len() == matrices * m * n && q.len() == matrices * m * k && r.len() == matrices * k * n;
    assert!(fits, "matrices of another size");
    for ((a, q), r) in a.chunks(m * n).zip(q.chunks_mut(m * k)).zip(r.chunks_mut(k * n)) {
        work.copy_from_slice(a);
        for (c, scale) in scale.iter_mut().enumerate() {
            *scale = reflect(work, c, m, n);
        }
        for (i, row) in r.chunks_mut(n).enumerate() {
            (0..n).for_each(|j| row[j] = if j < i { T::ZERO } else { work[i * n + j] });
        }
        // Q is the product of the reflections, applied to the first columns of the identity, last first.
        for (i, row) in q.chunks_mut(k).enumerate() {
            (0..k).for_each(|j| row[j] = if i == j { T::ONE } else { T::ZERO });
        }
        for c in (0..k).rev() {
            for j in 0..k {
                let along = (c + 1..m).fold(q[c * k + j], |s, i| s + work[i * n + c] * q[i * k + j]);
                let along = along * scale[c];
                q[c * k + j] = q[c * k + j] - along;
                (c + 1..m).for_each(|i| q[i * k + j] = q[i * k + j] - work[i * n + c] * along);
            }
        }
    }
}

/// Reflects what is below the diagonal of column `c` to zero, and the later columns with it. The vector of the
/// reflection I − s·v·vᵀ takes the place of the zeros, but for its first element, which is 1; s is returned.
fn reflect<T: Float>(x: &mut [T], c: usize, m: usize, n: usize) -> T {
    let below = (c + 1..m).fold(T::ZERO, |s, i| s + x[i * n + c] * x[i * n + c]);
    let first = x[c * n + c];
    if below == T::ZERO {
        return T::ZERO;
    }
    let length = (first * first + below).sqrt();
    let diagonal = if first < T::ZERO { length } else { -length };
    let scale = (diagonal - first) / diagonal;
    let head = first - diagonal;
    (c + 1..m).for_each(|i| x[i * n + c] = x[i * n + c] / head);
    x[c * n + c] = diagonal;
    for j in c + 1..n {
        let along = (c + 1..m).fold(x[c * n + j], |s, i| s + x[i * n + c] * x[i * n + j]) * scale;
        x[c * n + j] = x[c * n + j] - along;
        (c + 1..m).for_each(|i| x[i * n + j] = x[i * n + j] - x[i * n + c] * along);
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = saola_tensor::Rng::new(seed, 3);
        (0..n).map(|_| rng.unit() * 2.0 - 1.0).collect()
    }

    fn product(a: &[f64], b: &[f64], [m, k, n]: [usize; 3]) -> Vec<f64> {
        let at = |i: usize| (0..k).map(|j| a[i / n * k + j] * b[j * n + i % n]).sum();
        (0..m * n).map(at).collect()
    }

    fn transposed(a: &[f64], m: usize, n: usize) -> Vec<f64> {
        (0..m * n).map(|i| a[i % m * n + i / m]).collect()
    }

    fn near(a: &[f64], b: &[f64]) {
        assert!(a.len() == b.len() && a.iter().zip(b).all(|(x, y)| (x - y).abs() < 1e-10), "{a:?} {b:?}");
    }

    #[test]
    fn factors_give_the_matrix_back() {
        for n in [0, 1, 2, 5, 17] {
            let x = numbers(n * n, n as u64);
            let mut a = product(&x, &transposed(&x, n, n), [n, n, n]);
            (0..n).for_each(|i| a[i * n + i] += 1.0);
            let mut l = vec![0.0; n * n];
            cholesky(&mut l, &a, n).unwrap();
            near(&product(&l, &transposed(&l, n, n), [n, n, n]), &a);
        }
        for [m, n] in [[3, 3], [5, 2], [2, 5], [1, 1], [4, 0]] {
            let (a, k) = (numbers(2 * m * n, 7), m.min(n));
            let (mut q, mut r) = (vec![0.0; 2 * m * k], vec![0.0; 2 * k * n]);
            qr(&mut q, &mut r, &a, [m, n], &mut vec![0.0; m * n], &mut vec![0.0; k]);
            for i in 0..2 {
                let (q, r) = (&q[i * m * k..(i + 1) * m * k], &r[i * k * n..(i + 1) * k * n]);
                near(&product(q, r, [m, k, n]), &a[i * m * n..(i + 1) * m * n]);
                let identity: Vec<f64> = (0..k * k).map(|i| f64::from(u8::from(i / k == i % k))).collect();
                near(&product(&transposed(q, m, k), q, [k, m, k]), &identity);
            }
        }
    }

    #[test]
    fn solutions_solve() {
        for n in [1, 2, 6, 20] {
            let (a, b) = (numbers(n * n, 1), numbers(n * 3, 2));
            let (mut lu, mut rows) = (vec![0.0; n * n], vec![0; n]);
            let mut x = vec![0.0; n * 3];
            solve(&mut x, &a, &b, n, 3, Factors { lu: &mut lu, rows: &mut rows }).unwrap();
            near(&product(&a, &x, [n, n, 3]), &b);
            for (lower, transpose) in [(true, false), (true, true), (false, false), (false, true)] {
                let triangle = Triangle { lower, transpose };
                let kept = |i: usize| if lower { i % n <= i / n } else { i % n >= i / n };
                let mut t: Vec<f64> = (0..n * n).map(|i| if kept(i) { a[i] } else { 0.0 }).collect();
                (0..n).for_each(|i| t[i * n + i] += 3.0);
                triangular_solve(&mut x, &t, &b, n, 3, triangle).unwrap();
                let t = if transpose { transposed(&t, n, n) } else { t };
                near(&product(&t, &x, [n, n, 3]), &b);
            }
        }
    }

    #[test]
    fn determinants_and_what_has_no_answer() {
        let mut out = [0.0; 2];
        let a = [0.0, 2.0, 3.0, 4.0, 1.0, 2.0, 2.0, 4.0];
        let (mut lu, mut rows) = ([0.0; 4], [0; 2]);
        det(&mut out, &a, 2, Factors { lu: &mut lu, rows: &mut rows });
        near(&out, &[-6.0, 0.0]);
        let error = inverse(&mut [0.0; 8], &a, 2, Factors { lu: &mut lu, rows: &mut rows }).unwrap_err();
        assert_eq!(error.message, "matrix 1 is singular");
        let error = cholesky(&mut [0.0; 4], &[1.0, 0.0, 2.0, 1.0], 2).unwrap_err();
        assert!(
            error.message.contains("matrix 0 is not positive definite: its pivot 1 is -3"),
            "{}",
            error.message
        );
        let triangle = Triangle { lower: true, transpose: false };
        assert!(triangular_solve(&mut [0.0; 2], &[1.0, 0.0, 1.0, 0.0], &[1.0; 2], 2, 1, triangle).is_err());
    }
}
