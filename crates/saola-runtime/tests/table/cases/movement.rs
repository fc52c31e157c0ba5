//! Elements in other places.

use saola_graph::{Dim, Dims, concatenate, gradients};
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = shapes();
    all.extend(parts());
    all.extend(like());
    all.extend(scattered());
    all
}

fn shapes() -> Vec<Case> {
    vec![
        Case::new(
            "reshape",
            |d| {
                let shape = d.filled(3);
                let to = [shape[0] as i64, -1];
                (vec![d.floats(&shape)], Attributes::of([("dims", json!(to))]))
            },
            |x, a| {
                let dim = |&n: &isize| if n < 0 { Dim::Any } else { Dim::Known(n as usize) };
                vec![x[0].reshape(a.ints("dims").iter().map(dim).collect::<Dims>())]
            },
            |x, a| {
                let first = a.ints("dims")[0] as usize;
                vec![x[0].reshape(&[first, x[0].len() / first])]
            },
        ),
        Case::new(
            "expand_dims",
            |d| {
                let shape = d.any_shape();
                let axis = d.between(0, shape.len());
                (vec![d.floats(&shape)], Attributes::of([("axis", json!(axis))]))
            },
            |x, a| vec![x[0].expand_dims(a.int("axis"))],
            |x, a| {
                let mut shape = x[0].shape.clone();
                shape.insert(a.size("axis"), 1);
                vec![x[0].reshape(&shape)]
            },
        )
        .file("reshape"),
        Case::new(
            "transpose",
            |d| {
                let shape = d.shape(3);
                let order = d.one_of(&[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]);
                (vec![d.floats(&shape)], Attributes::of([("order", json!(order))]))
            },
            |x, a| vec![x[0].permute(a.sizes("order"))],
            |x, a| vec![x[0].permute(&a.sizes("order"))],
        ),
        Case::new(
            "broadcast_to",
            |d| {
                let to = d.shape(3);
                let from = d.beside(&to);
                (vec![d.floats(&from)], Attributes::of([("dims", json!(to))]))
            },
            |x, a| vec![x[0].broadcast_to(a.sizes("dims"))],
            |x, a| vec![x[0].broadcast_to(&a.sizes("dims"))],
        )
        .file("expand_like"),
    ]
}

fn parts() -> Vec<Case> {
    vec![
        Case::new(
            "concatenate",
            |d| {
                let axis = d.between(0, 2);
                let mut shape = d.shape(3);
                let mut parts = vec![];
                for _ in 0..d.between(1, 4) {
                    shape[axis] = d.between(0, 5);
                    parts.push(d.floats(&shape));
                }
                (parts, Attributes::of([("axis", json!(axis))]))
            },
            |x, a| vec![concatenate(x.iter(), a.int("axis"))],
            |x, a| vec![Naive::concatenate(&x.iter().collect::<Vec<_>>(), a.size("axis"))],
        )
        .known("the gradient cuts at places that must be known"),
        Case::new(
            "slice",
            |d| {
                let shape = d.filled(3);
                let axis = d.between(0, 2);
                let start = d.between(0, shape[axis]);
                let end = d.between(start, shape[axis]);
                let attributes = [("axis", json!(axis)), ("start", json!(start)), ("end", json!(end))];
                (vec![d.floats(&shape)], Attributes::of(attributes))
            },
            |x, a| vec![x[0].slice(a.int("axis"), a.size("start")..a.size("end"))],
            |x, a| vec![x[0].slice(a.size("axis"), a.size("start"), a.size("end"))],
        ),
    ]
}

/// Operations that gradients are made of: what they give is a sum, a repetition or a count.
fn like() -> Vec<Case> {
    vec![
        Case::new(
            "sum_like",
            |d| {
                let shape = d.shape(3);
                let like = d.beside(&shape);
                (vec![d.floats(&shape), d.floats(&like)], Attributes::none())
            },
            |x, _| vec![x[0].sum_like(&x[1])],
            |x, _| vec![x[0].sum_like(&x[1].shape)],
        )
        .tolerance(40.0),
        Case::new(
            "ones_like",
            |d| {
                let shape = d.any_shape();
                (vec![d.floats(&shape)], Attributes::none())
            },
            |x, _| vec![x[0].fill_like(1.0, x[0].dtype())],
            |x, _| vec![x[0].map(|_| 1.0)],
        )
        .operation("fill_like"),
        Case::new(
            "size_ratio",
            |d| {
                let shape = d.filled(3);
                (vec![d.floats(&shape), d.floats(&shape[1..])], Attributes::none())
            },
            |x, _| vec![x[0].size_ratio(&x[1])],
            |x, _| vec![Naive::scalar(x[0].len() as f64 / x[1].len() as f64, x[0].dtype)],
        ),
    ]
}

/// The gradients of lookups.
fn scattered() -> Vec<Case> {
    vec![
        Case::new(
            "scatter_add",
            |d| {
                let shape = d.filled(2);
                let n = d.between(0, 9);
                let indices = d.integers(&[n], 0, shape[1] as i64, saola_graph::DType::I64);
                (vec![d.floats(&shape), indices, d.floats(&[shape[0], n])], Attributes::none())
            },
            // The gradient of `gather` along another axis than the first.
            |x, _| gradients([&(x[0].gather(&x[1], 1) * &x[2])], [&x[0]]),
            |x, _| vec![x[2].scatter_columns(&x[1], x[0].shape[1])],
        )
        .known("gradients are asked for with weights of a known shape")
        .tolerance(40.0),
        Case::new(
            "indexed_rows",
            |d| {
                let shape = d.filled(2);
                let n = d.between(0, 9);
                let indices = d.integers(&[n], 0, shape[0] as i64, saola_graph::DType::I64);
                (vec![d.floats(&shape), indices, d.floats(&[n, shape[1]])], Attributes::none())
            },
            // The gradient of `gather` along the first axis, made dense.
            |x, _| gradients([&(x[0].gather(&x[1], 0) * &x[2])], [&x[0]]).iter().map(|g| g * 1.0).collect(),
            |x, _| vec![x[2].permute(&[1, 0]).scatter_columns(&x[1], x[0].shape[0]).permute(&[1, 0])],
        )
        .known("gradients are asked for with weights of a known shape")
        .tolerance(40.0),
    ]
}
