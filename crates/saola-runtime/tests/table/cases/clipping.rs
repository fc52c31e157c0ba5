//! Values and gradients kept within bounds, or replaced.

use saola_graph::{clip_by_global_norm, custom_gradient, global_norm};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "clip_by_norm",
            one,
            |x, a| vec![x[0].clip_by_norm(a.number("norm"))],
            |x, a| vec![shortened(&x[0], length(x), a.number("norm"))],
        )
        .operation("maximum")
        .tolerance(20.0),
        Case::new(
            "global_norm",
            several,
            |x, _| vec![global_norm(x)],
            |x, _| vec![Naive::scalar(length(x), x[0].dtype)],
        )
        .file("clip_by_norm")
        .operation("sqrt")
        .tolerance(20.0),
        Case::new(
            "clip_by_global_norm",
            several,
            |x, a| clip_by_global_norm(x, a.number("norm")).0,
            |x, a| x.iter().map(|v| shortened(v, length(x), a.number("norm"))).collect(),
        )
        .file("clip_by_norm")
        .operation("is_finite")
        .tolerance(20.0),
        Case::new(
            "custom_gradient",
            one,
            // The gradient that the operations inside have, too.
            |x, _| {
                let slope =
                    |x: &[saola_graph::Symbol], _: &_, dy: &saola_graph::Symbol| vec![Some(dy * &x[0] * 2.0)];
                vec![custom_gradient([&x[0]], |x| x[0].square(), slope)]
            },
            |x, _| vec![x[0].map(|v| v * v)],
        ),
    ]
}

fn one(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.any_shape();
    (vec![d.floats(&shape)], Attributes::of([("norm", json!(d.one_of(&[0.7, 2.0, 900.0])))]))
}

fn several(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let (mut x, a) = one(d);
    let shape = d.filled(2);
    x.push(d.floats(&shape));
    (x, a)
}

fn length(x: &[Naive]) -> f64 {
    x.iter().flat_map(Naive::floats).map(|v| v * v).sum::<f64>().sqrt()
}

fn shortened(x: &Naive, length: f64, norm: f64) -> Naive {
    x.map(|v| if length > norm { v * norm / length } else { v })
}
