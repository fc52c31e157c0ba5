//! Many elements to one.

use saola_testkit::graph::reduce;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

/// Some axes of a random shape, and whether they are kept.
fn over_axes(d: &mut Draw) -> (Vec<saola_tensor::Tensor>, Attributes) {
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
    vec![reduction!("sum"), reduction!("mean"), reduction!("max"), reduction!("min")]
}
