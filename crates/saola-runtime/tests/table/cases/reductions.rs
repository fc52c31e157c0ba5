//! Many elements to one.

use saola_graph::Axes;
use saola_tensor::Tensor;
use saola_testkit::Naive;
use saola_testkit::graph::reduce;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

/// Some axes of a random shape, and whether they are kept.
fn over_axes(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.filled(3);
    let axes = d.one_of(&[&[0usize][..], &[1], &[2], &[0, 1], &[0, 2], &[1, 2], &[0, 1, 2]]);
    let keep = d.coin();
    (vec![d.floats_in(&shape, 0.5, 1.5)], Attributes::of([("axes", json!(axes)), ("keep", json!(keep))]))
}

macro_rules! reduction {
    ($name:literal) => {
        Case::new(
            $name,
            over_axes,
            |x, a| vec![reduce($name, &x[0], &a.sizes("axes"), a.flag("keep"))],
            |x, a| vec![x[0].reduce($name, &a.sizes("axes"), a.flag("keep"))],
        )
        .file("reduce")
        .tolerance(200.0)
    };
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        reduction!("sum"),
        reduction!("mean"),
        reduction!("max"),
        reduction!("min"),
        reduction!("prod"),
        question("any"),
        question("all"),
        logsumexp(),
        variance(),
        std(),
    ]
}

fn axes_of(a: &Attributes) -> Axes {
    let axes = Axes::from(a.ints("axes"));
    if a.flag("keep") { axes.keep() } else { axes }
}

fn question(name: &'static str) -> Case {
    fn draw(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
        let (x, attributes) = over_axes(d);
        (vec![d.truth(x[0].shape())], attributes)
    }
    match name {
        "any" => Case::new(
            name,
            draw,
            |x, a| vec![x[0].any_over(axes_of(a))],
            |x, a| vec![x[0].reduce("max", &a.sizes("axes"), a.flag("keep"))],
        ),
        _ => Case::new(
            name,
            draw,
            |x, a| vec![x[0].all_over(axes_of(a))],
            |x, a| vec![x[0].reduce("min", &a.sizes("axes"), a.flag("keep"))],
        ),
    }
    .file("any_all")
}

fn logsumexp() -> Case {
    Case::new(
        "logsumexp",
        over_axes,
        |x, a| vec![x[0].logsumexp_over(axes_of(a))],
        |x, a| vec![x[0].map(f64::exp).reduce("sum", &a.sizes("axes"), a.flag("keep")).map(f64::ln)],
    )
    .operation("log")
    .tolerance(40.0)
}

/// The mean square of the distances from the mean.
fn spread(x: &Naive, a: &Attributes) -> Naive {
    let mean = x.reduce("mean", &a.sizes("axes"), true);
    x.binary("sub", &mean).map(|v| v * v).reduce("mean", &a.sizes("axes"), a.flag("keep"))
}

fn variance() -> Case {
    Case::new(
        "variance",
        over_axes,
        |x, a| vec![x[0].variance_over(axes_of(a))],
        |x, a| vec![spread(&x[0], a)],
    )
    .operation("mean")
    .tolerance(40.0)
}

fn std() -> Case {
    Case::new(
        "std",
        |d| {
            // Over one element the root has no slope.
            let shape = [d.between(2, 5), d.between(2, 5)];
            let attributes = [("axes", json!([d.between(0, 1)])), ("keep", json!(d.coin()))];
            (vec![d.floats(&shape)], Attributes::of(attributes))
        },
        |x, a| vec![x[0].std_over(axes_of(a))],
        |x, a| vec![spread(&x[0], a).map(f64::sqrt)],
    )
    .file("variance")
    .operation("sqrt")
    .tolerance(40.0)
}
