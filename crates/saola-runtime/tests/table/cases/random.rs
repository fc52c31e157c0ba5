//! What is drawn, in forms that give one result whatever is drawn. Distributions are tested beside the kernels.

use saola_graph::{DType, Direction, Random, categorical, select, shuffle};
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

const OURS: &str = "no other package draws the same numbers";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new(
            "random_integers",
            |d| {
                let shape = d.any_shape();
                (vec![d.floats(&shape)], Attributes::of([("low", json!(d.between(0, 9) as i64 - 5))]))
            },
            |x, a| {
                let low = a.int("low") as i64;
                vec![Random::like(&x[0]).randint(low, low + 1)]
            },
            |x, a| vec![x[0].map(|_| a.number("low")).cast(DType::I64)],
        )
        .file("random")
        .without_golden(OURS),
        Case::new(
            "bernoulli",
            |d| {
                let shape = d.any_shape();
                (vec![d.floats(&shape)], Attributes::of([("probability", json!(d.between(0, 1)))]))
            },
            |x, a| vec![Random::like(&x[0]).bernoulli(a.number("probability"))],
            |x, a| vec![x[0].map(|_| a.number("probability"))],
        )
        .file("random")
        .operation("random_uniform")
        .without_golden(OURS),
        classes(),
        rows(),
    ]
}

fn classes() -> Case {
    Case::new(
        "categorical",
        |d| {
            let rows = d.shape(2);
            (vec![d.integers(&rows, 0, 4, DType::I64)], Attributes::none())
        },
        |x, _| {
            let one = x[0].one_hot(4, DType::F64).greater(0.5);
            vec![categorical(&select(&one, 0.0, f64::NEG_INFINITY).cast(DType::F32), 2, None)]
        },
        |x, _| {
            let wide = [&x[0].shape[..], &[1]].concat();
            vec![x[0].reshape(&wide).broadcast_to(&[&x[0].shape[..], &[2]].concat())]
        },
    )
    .without_golden(OURS)
}

fn rows() -> Case {
    Case::new(
        "shuffle",
        |d| {
            let shape = d.shape(1);
            (vec![d.floats(&shape)], Attributes::none())
        },
        |x, _| vec![shuffle(&x[0], Some(5)).sort(0, Direction::Ascending)],
        |x, _| {
            let mut numbers = x[0].floats();
            numbers.sort_by(f64::total_cmp);
            vec![saola_testkit::Naive::vector(&numbers, x[0].dtype)]
        },
    )
    .operation("random_permutation")
    .without_golden(OURS)
}
