//! By index, and to an index.

use saola_graph::DType;
use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "gather",
            |d| {
                let shape = d.filled(3);
                let axis = d.between(0, 2);
                let which = d.any_shape();
                let dtype = d.one_of(&[DType::I32, DType::I64]);
                let indices = d.integers(&which, 0, shape[axis] as i64, dtype);
                (vec![d.floats(&shape), indices], Attributes::of([("axis", json!(axis))]))
            },
            |x, a| vec![x[0].gather(&x[1], a.int("axis"))],
            |x, a| vec![x[0].gather(&x[1], a.size("axis"))],
        ),
        Case::new(
            "one_hot",
            |d| {
                let shape = d.any_shape();
                let depth = d.between(1, 6);
                (vec![d.integers(&shape, -2, 8, DType::I64)], Attributes::of([("depth", json!(depth))]))
            },
            |x, a| vec![x[0].one_hot(a.size("depth"), DType::F32)],
            |x, a| vec![x[0].one_hot(a.size("depth"), DType::F32)],
        ),
        arg_extreme("argmax"),
        arg_extreme("argmin"),
        Case::new(
            "vocabulary_lookup",
            |d| {
                let shape = d.any_shape();
                (vec![d.integers(&shape, 0, 9, DType::I64)], Attributes::none())
            },
            |x, _| match Vocabulary::new([7i64, 2, 5]) {
                Ok(words) => vec![x[0].lookup(&words)],
                Err(error) => vec![saola_graph::Symbol::poisoned(error)],
            },
            |x, _| {
                vec![x[0].map(|v| [7.0, 2.0, 5.0].iter().position(|&w| w == v).map_or(-1.0, |i| i as f64))]
            },
        ),
    ]
}

fn arg_extreme(name: &'static str) -> Case {
    fn draw(d: &mut crate::draw::Draw) -> (Vec<saola_tensor::Tensor>, Attributes) {
        let shape = d.filled(3);
        let axis = d.between(0, 2);
        (vec![d.floats(&shape)], Attributes::of([("axis", json!(axis))]))
    }
    type Loop = fn(&[Naive], &Attributes) -> Vec<Naive>;
    let largest = name == "argmax";
    let plain: Loop = if largest {
        |x, a| vec![x[0].arg_extreme(a.size("axis"), true)]
    } else {
        |x, a| vec![x[0].arg_extreme(a.size("axis"), false)]
    };
    match largest {
        true => Case::new(name, draw, |x, a| vec![x[0].argmax(a.int("axis"))], plain),
        false => Case::new(name, draw, |x, a| vec![x[0].argmin(a.int("axis"))], plain),
    }
    .file("arg_extreme")
}
