//! Images of another size.

use saola_graph::Resize;
use saola_testkit::Naive;
use saola_testkit::naive::positions;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "resize",
            |d| {
                let rank = d.between(3, 4);
                let shape = d.filled(rank);
                let attributes = [
                    ("height", json!(d.between(1, 9))),
                    ("width", json!(d.between(1, 9))),
                    ("nearest", json!(d.coin())),
                    ("channels_first", json!(d.coin())),
                ];
                (vec![d.floats(&shape)], Attributes::of(attributes))
            },
            |x, a| {
                let mut resize = Resize::new(a.size("height"), a.size("width"));
                resize = if a.flag("nearest") { resize.nearest() } else { resize };
                resize = if a.flag("channels_first") { resize.channels_first() } else { resize };
                vec![resize.call(&x[0])]
            },
            |x, a| vec![resized(&x[0], a)],
        )
        .tolerance(20.0),
    ]
}

fn resized(x: &Naive, a: &Attributes) -> Naive {
    let rank = x.shape.len();
    let axis = if a.flag("channels_first") { rank - 2 } else { rank - 3 };
    let mut shape = x.shape.clone();
    (shape[axis], shape[axis + 1]) = (a.size("height"), a.size("width"));
    let numbers = x.floats();
    let at = |p: &[usize], row: f64, column: f64| {
        let mut p = p.to_vec();
        p[axis] = row.clamp(0.0, (x.shape[axis] - 1) as f64) as usize;
        p[axis + 1] = column.clamp(0.0, (x.shape[axis + 1] - 1) as f64) as usize;
        numbers[x.shape.iter().zip(p).fold(0, |at, (&n, i)| at * n + i)]
    };
    let centre =
        |p: &[usize], axis: usize| (p[axis] as f64 + 0.5) * x.shape[axis] as f64 / shape[axis] as f64;
    let value = |p: &Vec<usize>| {
        let (y, x) = (centre(p, axis), centre(p, axis + 1));
        if a.flag("nearest") {
            // What lies on an edge belongs to the pixel behind it.
            return at(p, (y + 1e-9).floor(), (x + 1e-9).floor());
        }
        let (y, x) = (y - 0.5, x - 0.5);
        let (down, right) = (y - y.floor(), x - x.floor());
        let row = |y: f64| at(p, y, x.floor()) * (1.0 - right) + at(p, y, x.floor() + 1.0) * right;
        row(y.floor()) * (1.0 - down) + row(y.floor() + 1.0) * down
    };
    let out = positions(&shape).iter().map(value).collect();
    Naive::new(out, shape, x.dtype)
}
