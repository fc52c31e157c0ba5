//! Factorizations of matrices and systems of equations.

use saola_graph::{MatMul, Symbol, Triangle};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

pub(crate) fn cases() -> Vec<Case> {
    vec![cholesky(), triangular_solve(), solve(), inverse(), det(), qr()]
}

/// Matrices whose diagonals outweigh the rest.
fn dominant(d: &mut Draw, lead: usize, n: usize) -> Tensor {
    let x = d.floats_in(&[lead, n, n], -1.0, 1.0);
    let x = Naive::from_tensor(&x).expect("numbers");
    let mut numbers = x.floats();
    (0..numbers.len()).filter(|i| (i % (n * n)).is_multiple_of(n + 1)).for_each(|i| numbers[i] += n as f64);
    Naive::new(numbers, x.shape, x.dtype).to_tensor().expect("matrices")
}

fn systems(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let (lead, n, k) = (d.between(1, 3), d.between(1, 6), d.between(1, 3));
    let attributes = [("lower", json!(d.coin())), ("transpose", json!(d.coin()))];
    (vec![dominant(d, lead, n), d.floats(&[lead, n, k])], Attributes::of(attributes))
}

fn matrices(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let (lead, n) = (d.between(1, 3), d.between(1, 6));
    (vec![dominant(d, lead, n)], Attributes::none())
}

/// The solutions for each matrix and its right side, and the determinant, by Gauss and Jordan's elimination.
fn eliminated(a: &Naive, b: &Naive) -> (Naive, Naive) {
    let (n, k) = (a.shape[1], b.shape[2]);
    let (mut a_all, mut b_all, mut dets) = (a.floats(), b.floats(), vec![]);
    for (a, b) in a_all.chunks_mut(n * n).zip(b_all.chunks_mut(n * k)) {
        let mut det = 1.0;
        for c in 0..n {
            let pivot = a[c * n + c];
            det *= pivot;
            (0..n).for_each(|j| a[c * n + j] /= pivot);
            (0..k).for_each(|j| b[c * k + j] /= pivot);
            for r in (0..n).filter(|&r| r != c) {
                let factor = a[r * n + c];
                (0..n).for_each(|j| a[r * n + j] -= factor * a[c * n + j]);
                (0..k).for_each(|j| b[r * k + j] -= factor * b[c * k + j]);
            }
        }
        dets.push(det);
    }
    (Naive::new(b_all, b.shape.clone(), b.dtype), Naive::vector(&dets, a.dtype))
}

fn identity(a: &Naive) -> Naive {
    let n = a.shape[1];
    let one = |i: usize| f64::from(u8::from((i % (n * n)).is_multiple_of(n + 1)));
    Naive::new((0..a.len()).map(one).collect(), a.shape.clone(), a.dtype)
}

fn cholesky() -> Case {
    Case::new(
        "cholesky",
        matrices,
        |x, _| vec![MatMul::new().transpose_b().call(&x[0], &x[0]).cholesky()],
        |x, _| {
            let a = x[0].matmul(&x[0], false, true);
            let (n, mut l) = (a.shape[1], a.floats());
            for l in l.chunks_mut(n * n) {
                for c in 0..n {
                    l[c * n + c] = l[c * n + c].sqrt();
                    (c + 1..n).for_each(|r| l[r * n + c] /= l[c * n + c]);
                    for (r, j) in (c + 1..n).flat_map(|r| (c + 1..n).map(move |j| (r, j))) {
                        l[r * n + j] -= l[r * n + c] * l[j * n + c];
                    }
                }
                (0..n * n).filter(|i| i % n > i / n).for_each(|i| l[i] = 0.0);
            }
            vec![Naive::new(l, a.shape.clone(), a.dtype)]
        },
    )
    .tolerance(100.0)
}

fn triangular_solve() -> Case {
    Case::new(
        "triangular_solve",
        systems,
        |x, a| {
            let triangle = if a.flag("lower") { Triangle::Lower } else { Triangle::Upper };
            vec![x[0].triangular_solve(&x[1], triangle, a.flag("transpose"))]
        },
        |x, a| {
            let n = x[0].shape[1];
            let kept = |i: usize| {
                let (row, column) = (i % (n * n) / n, i % n);
                if a.flag("lower") { column <= row } else { column >= row }
            };
            let numbers = x[0].floats().into_iter().enumerate();
            let half = numbers.map(|(i, v)| if kept(i) { v } else { 0.0 }).collect();
            let mut half = Naive::new(half, x[0].shape.clone(), x[0].dtype);
            if a.flag("transpose") {
                half = half.permute(&[0, 2, 1]);
            }
            vec![eliminated(&half, &x[1]).0]
        },
    )
    .tolerance(100.0)
}

fn solve() -> Case {
    Case::new("solve", systems, |x, _| vec![x[0].solve(&x[1])], |x, _| vec![eliminated(&x[0], &x[1]).0])
        .tolerance(100.0)
}

fn inverse() -> Case {
    Case::new(
        "inverse",
        matrices,
        |x, _| vec![x[0].inverse()],
        |x, _| vec![eliminated(&x[0], &identity(&x[0])).0],
    )
    .tolerance(100.0)
}

fn det() -> Case {
    Case::new("det", matrices, |x, _| vec![x[0].det()], |x, _| vec![eliminated(&x[0], &identity(&x[0])).1])
        .tolerance(100.0)
}

/// The factors, with a diagonal of R that is not negative, unless they are wanted as they are.
fn factors(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
    let (q, r) = x[0].qr();
    if a.flag("raw") {
        return vec![q, r];
    }
    let signs = r.diagonal(0, -2, -1).sign();
    vec![q * signs.expand_dims(-2), r * signs.expand_dims(-1)]
}

fn qr() -> Case {
    Case::new(
        "qr",
        |d| {
            let (lead, n) = (d.between(1, 3), d.between(1, 5));
            let rows = d.between(1, n);
            // The first rows, so that there are wide matrices too.
            let x = dominant(d, lead, n);
            let x = Naive::from_tensor(&x).expect("numbers").slice(1, 0, rows);
            let x = if d.coin() { x.permute(&[0, 2, 1]) } else { x };
            (vec![x.to_tensor().expect("matrices")], Attributes::none())
        },
        factors,
        |x, _| {
            let [lead, m, n] = [x[0].shape[0], x[0].shape[1], x[0].shape[2]];
            let (k, numbers) = (m.min(n), x[0].floats());
            let (mut q, mut r) = (vec![0.0; lead * m * k], vec![0.0; lead * k * n]);
            for b in 0..lead {
                let (a, q, r) = (
                    &numbers[b * m * n..][..m * n],
                    &mut q[b * m * k..][..m * k],
                    &mut r[b * k * n..][..k * n],
                );
                // Gram and Schmidt's process.
                for c in 0..n {
                    let mut column: Vec<f64> = (0..m).map(|i| a[i * n + c]).collect();
                    for j in 0..k.min(c) {
                        r[j * n + c] = (0..m).map(|i| q[i * k + j] * column[i]).sum();
                        (0..m).for_each(|i| column[i] -= r[j * n + c] * q[i * k + j]);
                    }
                    if c < k {
                        r[c * n + c] = column.iter().map(|v| v * v).sum::<f64>().sqrt();
                        (0..m).for_each(|i| q[i * k + c] = column[i] / r[c * n + c]);
                    }
                }
            }
            vec![Naive::new(q, vec![lead, m, k], x[0].dtype), Naive::new(r, vec![lead, k, n], x[0].dtype)]
        },
    )
    .without_gradient()
    .tolerance(200.0)
}
