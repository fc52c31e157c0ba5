//! Elements in order, and searches in what is ordered.

use saola_graph::{DType, Direction, Side};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use saola_testkit::naive::positions;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![sort(), top_k(), unique(), searchsorted(), bincount(), bincount_weighted()]
}

fn direction(a: &Attributes) -> Direction {
    if a.flag("descending") { Direction::Descending } else { Direction::Ascending }
}

/// The first `k` elements along `axis` in order, and their positions, by choosing the next one again and again.
fn ordered(x: &Naive, axis: usize, descending: bool, k: usize) -> Vec<Naive> {
    let (n, numbers) = (x.shape[axis], x.floats());
    let inner: usize = x.shape[axis + 1..].iter().product();
    let mut shape = x.shape.clone();
    shape[axis] = k;
    let (mut values, mut indices) = (vec![], vec![]);
    for p in positions(&shape) {
        let line: usize = p[..axis].iter().zip(&shape).fold(0, |at, (&i, &n)| at * n + i) * n * inner;
        let column = p[axis + 1..].iter().zip(&shape[axis + 1..]).fold(0, |at, (&i, &n)| at * n + i);
        let at = |i: usize| numbers[line + i * inner + column];
        let mut left: Vec<usize> = (0..n).collect();
        let mut next = 0;
        for _ in 0..=p[axis] {
            let better = |a: f64, b: f64| if descending { a > b } else { a < b };
            let best = (1..left.len()).fold(0, |b, i| if better(at(left[i]), at(left[b])) { i } else { b });
            next = left.remove(best);
        }
        values.push(at(next));
        indices.push(next as f64);
    }
    vec![Naive::new(values, shape.clone(), x.dtype), Naive::new(indices, shape, DType::I64)]
}

fn sort() -> Case {
    Case::new(
        "sort",
        |d| {
            let shape = d.shape(3);
            let attributes = [("axis", json!(d.between(0, 2))), ("descending", json!(d.coin()))];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| {
            let axis = a.int("axis");
            vec![x[0].sort(axis, direction(a)), x[0].argsort(axis, direction(a))]
        },
        |x, a| ordered(&x[0], a.size("axis"), a.flag("descending"), x[0].shape[a.size("axis")]),
    )
}

fn top_k() -> Case {
    Case::new(
        "top_k",
        |d| {
            let shape = d.filled(2);
            let k = d.between(0, shape[1]);
            (vec![d.floats(&shape)], Attributes::of([("k", json!(k))]))
        },
        |x, a| {
            let (values, indices) = x[0].top_k(a.size("k"));
            vec![values, indices]
        },
        |x, a| ordered(&x[0], 1, true, a.size("k")),
    )
    .file("sort")
}

fn unique() -> Case {
    Case::new(
        "unique",
        |d| {
            let shape = d.any_shape();
            (vec![d.integers(&shape, -3, 4, d.dtype)], Attributes::none())
        },
        |x, _| {
            let found = x[0].unique();
            vec![found.values, found.inverse, found.counts, found.number]
        },
        |x, _| {
            let (numbers, n) = (x[0].floats(), x[0].len());
            let mut values: Vec<f64> = numbers.clone();
            values.sort_by(f64::total_cmp);
            values.dedup();
            let number = values.len();
            let of = |v: &f64| numbers.iter().filter(|x| *x == v).count() as f64;
            let mut counts: Vec<f64> = values.iter().map(of).collect();
            let place = |x: &f64| values.iter().position(|v| v == x).expect("a value") as f64;
            let inverse = numbers.iter().map(place).collect();
            counts.resize(n, 0.0);
            let least = values.first().copied().unwrap_or(0.0);
            values.resize(n, least);
            vec![
                Naive::new(values, vec![n], x[0].dtype),
                Naive::new(inverse, vec![n], DType::I64),
                Naive::new(counts, vec![n], DType::I64),
                Naive::new(vec![number as f64], vec![], DType::I64),
            ]
        },
    )
    .without_gradient()
}

fn searchsorted() -> Case {
    Case::new(
        "searchsorted",
        |d| {
            let (rows, n, m) = (d.between(1, 3), d.between(0, 9), d.between(0, 9));
            let mut sorted: Vec<Vec<f64>> = vec![];
            for _ in 0..rows {
                let mut row: Vec<f64> = (0..n).map(|_| d.between(0, 6) as f64).collect();
                row.sort_by(f64::total_cmp);
                sorted.push(row);
            }
            let sorted = Tensor::new(sorted.concat(), [rows, n]).and_then(|t| t.cast(d.dtype));
            let values = d.integers(&[rows, m], -1, 8, d.dtype);
            let attributes = Attributes::of([("right", json!(d.coin()))]);
            (vec![sorted.expect("rows of one length"), values], attributes)
        },
        |x, a| {
            let side = if a.flag("right") { Side::Right } else { Side::Left };
            vec![x[0].searchsorted(&x[1], side)]
        },
        |x, a| {
            let (n, m) = (x[0].shape[1], x[1].shape[1]);
            let (sorted, values) = (x[0].floats(), x[1].floats());
            let place = |i: usize| {
                let row = &sorted[i / m * n..(i / m + 1) * n];
                let before = |v: &&f64| **v < values[i] || (a.flag("right") && **v == values[i]);
                row.iter().filter(before).count() as f64
            };
            vec![Naive::new((0..values.len()).map(place).collect(), x[1].shape.clone(), DType::I64)]
        },
    )
}

fn counted(x: &[Naive], a: &Attributes, weight: impl Fn(usize) -> f64, dtype: DType) -> Vec<Naive> {
    let (rows, n, length) = (x[0].shape[0], x[0].shape[1], a.size("length"));
    let mut out = vec![0.0; rows * length];
    for (i, &number) in x[0].integers().iter().enumerate() {
        out[i / n * length + number as usize] += weight(i);
    }
    vec![Naive::new(out, vec![rows, length], dtype)]
}

fn bincount() -> Case {
    Case::new(
        "bincount",
        |d| {
            let shape = d.shape(2);
            (vec![d.integers(&shape, 0, 5, DType::I32)], Attributes::of([("length", json!(6))]))
        },
        |x, a| vec![x[0].bincount(a.size("length"))],
        |x, a| counted(x, a, |_| 1.0, DType::I64),
    )
}

fn bincount_weighted() -> Case {
    Case::new(
        "bincount_weighted",
        |d| {
            let shape = d.shape(2);
            let numbers = d.integers(&shape, 0, 5, DType::I64);
            (vec![numbers, d.floats(&shape)], Attributes::of([("length", json!(6))]))
        },
        |x, a| vec![x[0].bincount_weighted(&x[1], a.size("length"))],
        |x, a| {
            let weights = x[1].floats();
            counted(x, a, |i| weights[i], x[1].dtype)
        },
    )
    .file("bincount")
    .operation("bincount")
    .tolerance(20.0)
}
