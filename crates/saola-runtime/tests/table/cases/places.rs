//! Elements whose places are chosen axis by axis.

use saola_graph::{Dim, Dims, PadMode, Span, Symbol, concatenate, meshgrid, stack};
use saola_testkit::Naive;
use serde_json::json;

use super::picked;
use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = repeated();
    all.extend(ranges());
    all.extend(several());
    all.push(pad());
    all
}

fn pad() -> Case {
    Case::new(
        "pad",
        |d| {
            let shape = d.filled(2);
            let mode = d.one_of(&["constant", "reflect", "symmetric"]);
            let widths: Vec<[usize; 2]> = shape
                .iter()
                .map(|&n| {
                    let most = match mode {
                        "reflect" => n - 1,
                        "symmetric" => n,
                        _ => 3,
                    };
                    [d.between(0, most), d.between(0, most)]
                })
                .collect();
            let flat: Vec<usize> = widths.into_iter().flatten().collect();
            let value = if mode == "constant" { 1.5 } else { 0.0 };
            let attributes = [("widths", json!(flat)), ("mode", json!(mode)), ("value", json!(value))];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| {
            let widths: Vec<(usize, usize)> = a.sizes("widths").chunks(2).map(|w| (w[0], w[1])).collect();
            let mode = match a.text("mode") {
                "reflect" => PadMode::Reflect,
                "symmetric" => PadMode::Symmetric,
                _ => PadMode::Constant(a.number("value")),
            };
            vec![x[0].pad(widths, mode)]
        },
        |x, a| {
            let widths = a.sizes("widths");
            let place = |i: usize, axis: usize| -> Option<usize> {
                let (n, i) = (x[0].shape[axis] as isize, i as isize - widths[2 * axis] as isize);
                let edge = isize::from(a.text("mode") == "symmetric");
                let mirrored = match i {
                    i if (0..n).contains(&i) => i,
                    _ if a.text("mode") == "constant" => return None,
                    i if i < 0 => -i - edge,
                    i => 2 * n - 2 - i + edge,
                };
                Some(mirrored as usize)
            };
            let shape: Vec<usize> =
                (0..2).map(|i| x[0].shape[i] + widths[2 * i] + widths[2 * i + 1]).collect();
            let from = |p: &[usize]| (0..p.len()).map(|axis| place(p[axis], axis)).collect();
            vec![picked(&x[0], &shape, a.number("value"), from)]
        },
    )
}

fn repeated() -> Vec<Case> {
    vec![tile_case(), repeat_case(), roll_case(), flip_case()]
}

fn tile_case() -> Case {
    Case::new(
        "tile",
        |d| {
            let shape = d.any_shape();
            let times: Vec<usize> = (0..d.between(0, 3)).map(|_| d.between(0, 3)).collect();
            (vec![d.floats(&shape)], Attributes::of([("times", json!(times))]))
        },
        |x, a| vec![x[0].tile(a.sizes("times"))],
        |x, a| {
            let rank = x[0].shape.len().max(a.sizes("times").len());
            let from_last =
                |list: &[usize], i: usize| (i + list.len()).checked_sub(rank).map_or(1, |k| list[k]);
            let own: Vec<usize> = (0..rank).map(|i| from_last(&x[0].shape, i)).collect();
            let shape: Vec<usize> = (0..rank).map(|i| own[i] * from_last(&a.sizes("times"), i)).collect();
            let wide = x[0].reshape(&own);
            vec![picked(&wide, &shape, 0.0, |p| Some((0..rank).map(|i| p[i] % own[i]).collect()))]
        },
    )
}

fn repeat_case() -> Case {
    Case::new(
        "repeat",
        |d| {
            let shape = d.shape(3);
            let attributes = [("times", json!(d.between(0, 3))), ("axis", json!(d.between(0, 2)))];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| vec![x[0].repeat(a.size("times"), a.int("axis"))],
        |x, a| {
            let (mut shape, axis) = (x[0].shape.clone(), a.size("axis"));
            shape[axis] *= a.size("times");
            let from = |p: &[usize]| {
                let mut p = p.to_vec();
                p[axis] /= a.size("times");
                Some(p)
            };
            vec![picked(&x[0], &shape, 0.0, from)]
        },
    )
}

fn roll_case() -> Case {
    Case::new(
        "roll",
        |d| {
            let shape = d.shape(3);
            let attributes =
                [("shift", json!(d.between(0, 60) as i64 - 30)), ("axis", json!(d.between(0, 2)))];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| vec![x[0].roll(a.int("shift"), a.int("axis"))],
        |x, a| {
            let (axis, shape) = (a.size("axis"), x[0].shape.clone());
            let from = |p: &[usize]| {
                let mut p = p.to_vec();
                p[axis] = (p[axis] as isize - a.int("shift")).rem_euclid(shape[axis] as isize) as usize;
                Some(p)
            };
            vec![picked(&x[0], &shape, 0.0, from)]
        },
    )
}

fn flip_case() -> Case {
    Case::new(
        "flip",
        |d| {
            let shape = d.shape(3);
            let axes = d.one_of(&[&[0isize][..], &[1], &[-1], &[0, 2], &[-2, 0, 2]]);
            (vec![d.floats(&shape)], Attributes::of([("axes", json!(axes))]))
        },
        |x, a| vec![x[0].flip(a.ints("axes"))],
        |x, a| {
            let (shape, axes) = (x[0].shape.clone(), a.ints("axes"));
            let turned = |i: usize| axes.iter().any(|&a| a.rem_euclid(3) == i as isize);
            let from = |p: &[usize]| {
                Some((0..3).map(|i| if turned(i) { shape[i] - 1 - p[i] } else { p[i] }).collect())
            };
            vec![picked(&x[0], &shape, 0.0, from)]
        },
    )
}

fn ranges() -> Vec<Case> {
    vec![strided_slice_case(), split_case(), ensure_shape_case(), ensure_range_case()]
}

fn strided_slice_case() -> Case {
    Case::new(
        "strided_slice",
        |d| {
            let shape = d.shape(2);
            let mut spans = vec![];
            for _ in 0..2 {
                spans.push(d.between(0, 24) as i64 - 12);
                spans.push(d.between(0, 24) as i64 - 12);
                spans.push(d.one_of(&[-3i64, -1, 1, 2]));
            }
            (vec![d.floats(&shape)], Attributes::of([("spans", json!(spans))]))
        },
        |x, a| {
            let spans: Vec<Span> =
                a.ints("spans").chunks(3).map(|s| Span::from(s[0]..s[1]).step(s[2])).collect();
            vec![x[0].strided_slice(spans)]
        },
        |x, a| {
            let taken: Vec<Vec<usize>> = a
                .ints("spans")
                .chunks(3)
                .zip(&x[0].shape)
                .map(|(s, &n)| {
                    let n = n as isize;
                    let absolute = |p: isize| if p < 0 { p + n } else { p };
                    let (start, end) = (absolute(s[0]), absolute(s[1]));
                    // What a walk from a cut start visits, of the places that there are.
                    let first = if s[2] > 0 { start.max(0) } else { start.min(n - 1) };
                    let mut places = vec![];
                    let mut p = first;
                    while if s[2] > 0 { p < end && p < n } else { p > end && p >= 0 } {
                        places.push(p as usize);
                        p += s[2];
                    }
                    places
                })
                .collect();
            let shape: Vec<usize> = taken.iter().map(Vec::len).collect();
            vec![picked(&x[0], &shape, 0.0, |p| Some((0..2).map(|i| taken[i][p[i]]).collect()))]
        },
    )
}

fn split_case() -> Case {
    Case::new(
        "split",
        |d| {
            let mut shape = d.shape(3);
            let axis = d.between(0, 2);
            let sizes: Vec<usize> = (0..d.between(1, 4)).map(|_| d.between(0, 4)).collect();
            shape[axis] = sizes.iter().sum();
            (vec![d.floats(&shape)], Attributes::of([("sizes", json!(sizes)), ("axis", json!(axis))]))
        },
        |x, a| x[0].split_sizes(a.sizes("sizes"), a.int("axis")),
        |x, a| {
            let mut start = 0;
            let part = |n: usize| {
                start += n;
                x[0].slice(a.size("axis"), start - n, start)
            };
            a.sizes("sizes").into_iter().map(part).collect()
        },
    )
    .operation("slice")
}

fn ensure_shape_case() -> Case {
    Case::new(
        "ensure_shape",
        |d| {
            let shape = d.shape(2);
            (vec![d.floats(&shape)], Attributes::of([("dims", json!([shape[0] as i64, -1]))]))
        },
        |x, a| {
            let dim = |&n: &isize| if n < 0 { Dim::Any } else { Dim::Known(n as usize) };
            vec![x[0].ensure_shape(a.ints("dims").iter().map(dim).collect::<Dims>())]
        },
        |x, _| vec![x[0].clone()],
    )
}

fn ensure_range_case() -> Case {
    Case::new(
        "ensure_range",
        |d| {
            let shape = d.shape(2);
            (vec![d.floats(&shape)], Attributes::of([("low", json!(-100.0)), ("high", json!(100.0))]))
        },
        |x, a| vec![x[0].ensure_range(a.number("low"), a.number("high"), "values")],
        |x, _| vec![x[0].clone()],
    )
}

fn like(d: &mut crate::draw::Draw) -> (Vec<saola_tensor::Tensor>, Attributes) {
    let shape = d.shape(2);
    let parts = (0..d.between(2, 4)).map(|_| d.floats(&shape)).collect();
    (parts, Attributes::of([("axis", json!(d.between(0, 2)))]))
}

fn stacked(x: &[Naive], a: &Attributes) -> Naive {
    let mut shape = x[0].shape.clone();
    shape.insert(a.size("axis"), 1);
    let wide: Vec<Naive> = x.iter().map(|x| x.reshape(&shape)).collect();
    Naive::concatenate(&wide.iter().collect::<Vec<_>>(), a.size("axis"))
}

fn several() -> Vec<Case> {
    vec![stack_case(), unstack_case(), meshgrid_case(), sequences_case()]
}

fn stack_case() -> Case {
    Case::new("stack", like, |x, a| vec![stack(x, a.int("axis"))], |x, a| vec![stacked(x, a)])
        .operation("expand_dims")
        .known("the gradient cuts at places that must be known")
}

fn unstack_case() -> Case {
    Case::new(
        "unstack",
        |d| {
            let shape = d.filled(3);
            (vec![d.floats(&shape)], Attributes::of([("axis", json!(d.between(0, 2)))]))
        },
        |x, a| x[0].unstack(a.int("axis")),
        |x, a| {
            let axis = a.size("axis");
            let mut shape = x[0].shape.clone();
            let n = shape.remove(axis);
            (0..n).map(|i| x[0].slice(axis, i, i + 1).reshape(&shape)).collect()
        },
    )
    .file("stack")
    .operation("squeeze")
    .known("there are as many results as the axis is long")
}

fn meshgrid_case() -> Case {
    Case::new(
        "meshgrid",
        |d| {
            let (m, n) = (d.extent(), d.extent());
            (vec![d.floats(&[m]), d.floats(&[n])], Attributes::none())
        },
        |x, _| meshgrid(x),
        |x, _| {
            let shape = [x[0].len(), x[1].len()];
            vec![
                picked(&x[0], &shape, 0.0, |p| Some(vec![p[0]])),
                picked(&x[1], &shape, 0.0, |p| Some(vec![p[1]])),
            ]
        },
    )
    .file("sequences")
    .operation("broadcast_to")
    .known("the grids are as large as the vectors are long")
}

fn sequences_case() -> Case {
    Case::new(
        "sequences",
        |d| {
            let shape = d.any_shape();
            (vec![d.floats(&shape)], Attributes::none())
        },
        |x, _| {
            let dtype = x[0].dtype();
            let scaled = |s: Symbol| s.reshape([Dim::Any]) * x[0].sum();
            let parts = [
                saola_graph::arange(1.0, 2.0, 0.25, dtype),
                saola_graph::arange(5.0, -1.0, -2.0, dtype),
                saola_graph::linspace(-1.0, 1.0, 5, dtype),
                saola_graph::eye(2, 3, 1, dtype),
                saola_graph::tri(2, 3, 0, dtype),
            ]
            .map(scaled);
            vec![concatenate(&parts, 0)]
        },
        |x, _| {
            let parts: [&[f64]; 5] = [
                &[1.0, 1.25, 1.5, 1.75],
                &[5.0, 3.0, 1.0],
                &[-1.0, -0.5, 0.0, 0.5, 1.0],
                &[0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
                &[1.0, 0.0, 0.0, 1.0, 1.0, 0.0],
            ];
            let total: f64 = x[0].floats().iter().sum();
            let all: Vec<f64> = parts.concat().iter().map(|v| v * total).collect();
            vec![Naive::vector(&all, x[0].dtype)]
        },
    )
    .operation("constant")
    .tolerance(40.0)
}
