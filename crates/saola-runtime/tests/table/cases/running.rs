//! Each element from those before it.

use saola_graph::{Cumulative, Symbol, linear_recurrence};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "cumsum",
            draw,
            |x, a| vec![how(a).sum(&x[0])],
            |x, a| vec![running(x, a, 0.0, |s, v| s + v)],
        )
        .file("cumulative")
        .tolerance(40.0),
        Case::new(
            "cumprod",
            draw,
            |x, a| vec![how(a).prod(&x[0])],
            |x, a| vec![running(x, a, 1.0, |s, v| s * v)],
        )
        .file("cumulative")
        .tolerance(40.0),
        recurrence(),
    ]
}

fn draw(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.shape(3);
    let attributes =
        [("axis", json!(d.between(0, 2))), ("exclusive", json!(d.coin())), ("reverse", json!(d.coin()))];
    (vec![d.floats_in(&shape, -1.5, 1.5)], Attributes::of(attributes))
}

fn how(a: &Attributes) -> Cumulative {
    let mut how = Cumulative::along(a.int("axis"));
    how = if a.flag("exclusive") { how.exclusive() } else { how };
    if a.flag("reverse") { how.reverse() } else { how }
}

/// `step(state, position)` for the positions of each line along an axis, in order.
fn lines(shape: &[usize], axis: usize, reverse: bool, mut step: impl FnMut(usize, usize)) {
    let inner: usize = shape[axis + 1..].iter().product();
    let outer: usize = shape[..axis].iter().product();
    for line in 0..outer * inner {
        for i in 0..shape[axis] {
            let row = if reverse { shape[axis] - 1 - i } else { i };
            step(i, (line / inner * shape[axis] + row) * inner + line % inner);
        }
    }
}

fn running(x: &[Naive], a: &Attributes, start: f64, combine: fn(f64, f64) -> f64) -> Naive {
    let (numbers, mut out, mut state) = (x[0].floats(), x[0].floats(), start);
    lines(&x[0].shape, a.size("axis"), a.flag("reverse"), |i, place| {
        state = if i == 0 { start } else { state };
        let next = combine(state, numbers[place]);
        out[place] = if a.flag("exclusive") { state } else { next };
        state = next;
    });
    Naive::new(out, x[0].shape.clone(), x[0].dtype)
}

fn recurrence() -> Case {
    fn build(x: &[Symbol], a: &Attributes) -> Vec<Symbol> {
        vec![linear_recurrence(&x[0], &x[1], a.int("axis"), a.flag("reverse"))]
    }
    Case::new(
        "linear_recurrence",
        |d| {
            let (x, attributes) = draw(d);
            let terms = d.floats(x[0].shape());
            (vec![x[0].clone(), terms], attributes)
        },
        build,
        |x, a| {
            let (factors, terms, mut out, mut state) = (x[0].floats(), x[1].floats(), x[1].floats(), 0.0);
            lines(&x[0].shape, a.size("axis"), a.flag("reverse"), |i, place| {
                state = if i == 0 { terms[place] } else { factors[place] * state + terms[place] };
                out[place] = state;
            });
            vec![Naive::new(out, x[0].shape.clone(), x[0].dtype)]
        },
    )
    .tolerance(40.0)
}
