//! Blocks found by coordinates, along axes and in batches, and written there.

use saola_graph::{DType, Symbol, scatter};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use saola_testkit::naive::positions;
use serde_json::json;

use super::picked;
use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = reads();
    all.extend(writes());
    all
}

fn reads() -> Vec<Case> {
    vec![gather_nd_case(), take_along_axis_case(), gather_batched_case()]
}

fn gather_nd_case() -> Case {
    Case::new(
        "gather_nd",
        |d| {
            let shape = d.filled(3);
            let (batch, depth) = d.one_of(&[(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (2, 1)]);
            let rows = [&shape[..batch], &[d.between(0, 4)]].concat();
            let indices = coordinates(d, &rows, &shape[batch..batch + depth]);
            (vec![d.floats(&shape), indices], Attributes::of([("batch", json!(batch))]))
        },
        |x, a| vec![x[0].gather_nd_batched(&x[1], a.size("batch"))],
        |x, a| {
            let (batch, indices) = (a.size("batch"), x[1].integers());
            let (depth, rows) = (x[1].shape[batch + 1], batch + 1);
            let shape = [&x[1].shape[..rows], &x[0].shape[batch + depth..]].concat();
            let from = |p: &[usize]| {
                let row = x[1].shape[..rows].iter().zip(p).fold(0, |at, (&n, &i)| at * n + i);
                let place = indices[row * depth..(row + 1) * depth].iter().map(|&i| i as usize);
                Some(p[..batch].iter().copied().chain(place).chain(p[rows..].iter().copied()).collect())
            };
            vec![picked(&x[0], &shape, 0.0, from)]
        },
    )
    .known("the number of coordinates decides on the rank")
}

fn take_along_axis_case() -> Case {
    Case::new(
        "take_along_axis",
        |d| {
            let shape = d.filled(3);
            let axis = d.between(0, 2);
            let mut which = shape.clone();
            which[axis] = d.between(0, 4);
            let indices = d.integers(&which, 0, shape[axis] as i64, DType::I64);
            (vec![d.floats(&shape), indices], Attributes::of([("axis", json!(axis))]))
        },
        |x, a| vec![x[0].take_along_axis(&x[1], a.int("axis"))],
        |x, a| {
            let indices = x[1].integers();
            let all = positions(&x[1].shape);
            let from = |p: &[usize]| {
                let i = all.iter().position(|q| q == p)?;
                let mut p = p.to_vec();
                p[a.size("axis")] = indices[i] as usize;
                Some(p)
            };
            vec![picked(&x[0], &x[1].shape, 0.0, from)]
        },
    )
}

fn gather_batched_case() -> Case {
    Case::new(
        "gather_batched",
        |d| {
            let shape = d.filled(4);
            let (axis, batch) = d.one_of(&[(1, 1), (2, 1), (3, 1), (2, 2), (3, 2)]);
            let which = [&shape[..batch], &[d.between(0, 3)]].concat();
            let indices = d.integers(&which, 0, shape[axis] as i64, DType::I32);
            let attributes = [("axis", json!(axis)), ("batch", json!(batch))];
            (vec![d.floats(&shape), indices], Attributes::of(attributes))
        },
        |x, a| vec![x[0].gather_batched(&x[1], a.int("axis"), a.size("batch"))],
        |x, a| {
            let (axis, batch, indices) = (a.size("axis"), a.size("batch"), x[1].integers());
            let k = x[1].shape[batch];
            let shape = [&x[0].shape[..axis], &[k], &x[0].shape[axis + 1..]].concat();
            let from = |p: &[usize]| {
                let row = x[1].shape[..batch].iter().zip(p).fold(0, |at, (&n, &i)| at * n + i);
                let mut p = p.to_vec();
                p[axis] = indices[row * k + p[axis]] as usize;
                Some(p)
            };
            vec![picked(&x[0], &shape, 0.0, from)]
        },
    )
}

/// Rows of coordinates, each inside of `extents`.
fn coordinates(d: &mut Draw, rows: &[usize], extents: &[usize]) -> Tensor {
    let n: usize = rows.iter().product();
    let numbers: Vec<i64> =
        (0..n).flat_map(|_| extents.to_vec()).map(|extent| d.between(0, extent - 1) as i64).collect();
    Tensor::new(numbers, [rows, &[extents.len()]].concat()).expect("as many numbers as the shape has")
}

fn updates(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.filled(2);
    let rows = d.between(0, 6);
    let depth = d.between(1, 2);
    let indices = coordinates(d, &[rows], &shape[..depth]);
    let blocks = [&[rows], &shape[depth..]].concat();
    (vec![d.floats(&shape), indices, d.floats(&blocks)], Attributes::none())
}

/// Each block of updates combined with what is there, one after the other.
fn written(x: &[Naive], combine: impl Fn(f64, f64) -> f64) -> Vec<Naive> {
    let (mut out, indices, updates) = (x[0].floats(), x[1].integers(), x[2].floats());
    let (rows, depth) = (x[1].shape[0], x[1].shape[1]);
    let inner: usize = x[0].shape[depth..].iter().product();
    for row in 0..rows {
        let place = (0..depth).fold(0, |at, k| at * x[0].shape[k] + indices[row * depth + k] as usize);
        for i in 0..inner {
            let o = &mut out[place * inner + i];
            *o = combine(*o, updates[row * inner + i]);
        }
    }
    vec![Naive::new(out, x[0].shape.clone(), x[0].dtype)]
}

fn writes() -> Vec<Case> {
    type Build = fn(&[Symbol], &Attributes) -> Vec<Symbol>;
    type Loop = fn(&[Naive], &Attributes) -> Vec<Naive>;
    let case = |name: &'static str, build: Build, plain: Loop| {
        Case::new(name, updates, build, plain)
            .file("scatter_nd")
            .known("the number of coordinates decides on the rank")
            .tolerance(20.0)
    };
    vec![
        case("scatter_update", |x, _| vec![x[0].scatter_update(&x[1], &x[2])], |x, _| written(x, |_, u| u)),
        case("scatter_nd_add", |x, _| vec![x[0].scatter_add(&x[1], &x[2])], |x, _| written(x, |o, u| o + u))
            .operation("scatter_add"),
        case("scatter_max", |x, _| vec![x[0].scatter_max(&x[1], &x[2])], |x, _| written(x, f64::max)),
        case("scatter_min", |x, _| vec![x[0].scatter_min(&x[1], &x[2])], |x, _| written(x, f64::min)),
        case(
            "scatter",
            |x, _| vec![scatter(&x[1], &x[2], x[0].dims())],
            |x, _| {
                let zeros = x[0].map(|_| 0.0);
                written(&[zeros, x[1].clone(), x[2].clone()], |o, u| o + u)
            },
        )
        .operation("scatter_add"),
    ]
}
