//! Values brought to mean 0 and variance 1.

use saola_graph::{BatchNorm, GroupNorm, LayerNorm, Symbol};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

/// Values of `shape`, and scale and shift of `row` where the flags say so.
fn draw(d: &mut Draw, shape: &[usize], row: &[usize], shift: bool) -> (Vec<Tensor>, Attributes) {
    let (with_scale, with_shift) = (d.coin(), shift && d.coin());
    let mut all = vec![d.floats(shape)];
    all.extend(with_scale.then(|| d.floats(row)));
    all.extend(with_shift.then(|| d.floats(row)));
    let epsilon = d.one_of(&[1e-3, 0.1]);
    let pairs = [("scale", json!(with_scale)), ("shift", json!(with_shift)), ("epsilon", json!(epsilon))];
    (all, Attributes::of(pairs))
}

/// Scale and shift among the inputs.
fn parameters<'a, T>(x: &'a [T], a: &Attributes) -> (Option<&'a T>, Option<&'a T>) {
    let scale = a.flag("scale").then(|| &x[1]);
    let shift = a.flag("shift").then(|| &x[1 + usize::from(a.flag("scale"))]);
    (scale, shift)
}

/// Normalizes the elements with equal `set` together; `parameter` is the number of an element's scale and shift. The
/// moments of the sets come after the result.
fn plain(
    x: &[Naive],
    a: &Attributes,
    center: bool,
    sets: usize,
    set: impl Fn(usize) -> usize,
    parameter: impl Fn(usize) -> usize,
) -> [Vec<f64>; 3] {
    let numbers = x[0].floats();
    let (mut mean, mut variance, mut count) = (vec![0.0; sets], vec![0.0; sets], vec![0.0; sets]);
    for (i, &v) in numbers.iter().enumerate() {
        mean[set(i)] += v;
        count[set(i)] += 1.0;
    }
    mean.iter_mut().zip(&count).for_each(|(m, &n)| *m = if center { *m / f64::max(n, 1.0) } else { 0.0 });
    numbers.iter().enumerate().for_each(|(i, v)| variance[set(i)] += (v - mean[set(i)]).powi(2));
    variance.iter_mut().zip(&count).for_each(|(v, &n)| *v /= f64::max(n, 1.0));
    let (scale, shift) = parameters(x, a);
    let (scale, shift) = (scale.map(Naive::floats), shift.map(Naive::floats));
    let epsilon = a.number("epsilon");
    let value = |(i, &v): (usize, &f64)| {
        let hat = (v - mean[set(i)]) / (variance[set(i)] + epsilon).sqrt();
        hat * scale.as_ref().map_or(1.0, |s| s[parameter(i)])
            + shift.as_ref().map_or(0.0, |s| s[parameter(i)])
    };
    let y = numbers.iter().enumerate().map(value).collect();
    [y, mean, variance]
}

fn like(x: &Naive, y: Vec<f64>) -> Naive {
    Naive::new(y, x.shape.clone(), x.dtype)
}

fn batch(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
    let (scale, shift) = parameters(x, a);
    let normal = BatchNorm::new().epsilon(a.number("epsilon")).call(&x[0], scale, shift);
    vec![normal.result, normal.mean, normal.variance]
}

pub(crate) fn cases() -> Vec<Case> {
    vec![batch_norm(), layer_norm(), rms_norm(), group_norm(), moments()]
}

fn batch_norm() -> Case {
    Case::new(
        "batch_norm",
        |d| {
            let rank = d.between(1, 3);
            let shape = d.filled(rank);
            draw(d, &shape, &shape[rank - 1..], true)
        },
        batch,
        |x, a| {
            let n = x[0].shape[x[0].shape.len() - 1];
            let [y, mean, variance] = plain(x, a, true, n, |i| i % n, |i| i % n);
            let dtype = x[0].dtype;
            vec![like(&x[0], y), Naive::vector(&mean, dtype), Naive::vector(&variance, dtype)]
        },
    )
    .tolerance(200.0)
}

fn layer_norm() -> Case {
    Case::new(
        "layer_norm",
        |d| {
            let (lead, axes) = (d.between(0, 2), d.between(1, 2));
            let shape = d.filled(lead + axes);
            let (inputs, _) =
                (vec![d.floats(&shape), d.floats(&shape[lead..]), d.floats(&shape[lead..])], ());
            let pairs = [
                ("axes", json!(axes)),
                ("scale", json!(true)),
                ("shift", json!(true)),
                ("epsilon", json!(d.one_of(&[1e-3, 0.1]))),
            ];
            (inputs, Attributes::of(pairs))
        },
        |x, a| {
            let (scale, shift) = parameters(x, a);
            let norm = LayerNorm::new().last_axes(a.size("axes")).epsilon(a.number("epsilon"));
            vec![norm.call(&x[0], scale, shift)]
        },
        |x, a| {
            let n: usize = x[0].shape[x[0].shape.len() - a.size("axes")..].iter().product();
            let [y, ..] = plain(x, a, true, x[0].len() / n, |i| i / n, |i| i % n);
            vec![like(&x[0], y)]
        },
    )
    .tolerance(200.0)
}

fn rms_norm() -> Case {
    Case::new(
        "rms_norm",
        |d| {
            let rank = d.between(1, 3);
            let shape = d.shape(rank);
            draw(d, &shape, &shape[rank - 1..], false)
        },
        |x, a| vec![x[0].rms_norm(parameters(x, a).0, a.number("epsilon"))],
        |x, a| {
            let n = x[0].shape[x[0].shape.len() - 1].max(1);
            let [y, ..] = plain(x, a, false, x[0].len() / n, |i| i / n, |i| i % n);
            vec![like(&x[0], y)]
        },
    )
    .tolerance(200.0)
}

fn group_norm() -> Case {
    Case::new(
        "group_norm",
        |d| {
            let (groups, size) = (d.between(1, 3), d.between(1, 3));
            let spatial = d.between(0, 2);
            let shape = [&d.shape(1)[..], &d.filled(spatial), &[groups * size]].concat();
            let (inputs, a) = draw(d, &shape, &[groups * size], true);
            let pairs = [
                ("groups", json!(groups)),
                ("scale", json!(a.flag("scale"))),
                ("shift", json!(a.flag("shift"))),
                ("epsilon", json!(a.number("epsilon"))),
            ];
            (inputs, Attributes::of(pairs))
        },
        |x, a| {
            let (scale, shift) = parameters(x, a);
            let norm = GroupNorm::new(a.size("groups")).epsilon(a.number("epsilon"));
            vec![norm.call(&x[0], scale, shift)]
        },
        |x, a| {
            let (groups, channels) = (a.size("groups"), x[0].shape[x[0].shape.len() - 1]);
            let image = x[0].shape[1..].iter().product::<usize>();
            let set = |i: usize| i / image * groups + i % channels / (channels / groups);
            let [y, ..] = plain(x, a, true, x[0].shape[0] * groups, set, |i| i % channels);
            vec![like(&x[0], y)]
        },
    )
    .tolerance(200.0)
}

fn moments() -> Case {
    Case::new(
        "moments",
        |d| {
            let shape = d.filled(3);
            let axes = d.one_of(&[&[0usize][..], &[2], &[0, 1], &[0, 2], &[0, 1, 2]]);
            (vec![d.floats(&shape)], Attributes::of([("axes", json!(axes))]))
        },
        |x, a| {
            let (mean, variance) = x[0].moments(a.ints("axes"));
            vec![mean, variance]
        },
        |x, a| {
            let mean = x[0].reduce("mean", &a.sizes("axes"), true);
            let squares = x[0].binary("sub", &mean).unary("square");
            vec![
                x[0].reduce("mean", &a.sizes("axes"), false),
                squares.reduce("mean", &a.sizes("axes"), false),
            ]
        },
    )
    .operation("mean")
    .tolerance(40.0)
}
