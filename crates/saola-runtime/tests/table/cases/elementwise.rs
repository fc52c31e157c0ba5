//! Functions of each element and of each pair.

use saola_graph::{DType, select};
use saola_testkit::graph::{binary, unary};
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

/// A function of each element, drawn from a range.
macro_rules! of_each {
    ($name:literal, $low:literal, $high:literal) => {
        Case::new(
            $name,
            |d| {
                let shape = d.any_shape();
                (vec![d.floats_in(&shape, $low, $high)], Attributes::none())
            },
            |x, _| vec![unary($name, &x[0])],
            |x, _| vec![x[0].unary($name)],
        )
    };
}

/// A function of each pair, drawn from ranges.
macro_rules! of_pairs {
    ($name:literal, $low:literal, $high:literal) => {
        Case::new(
            $name,
            |d| {
                let shape = d.any_shape();
                let other = d.beside(&shape);
                (vec![d.floats_in(&shape, $low, $high), d.floats_in(&other, $low, $high)], Attributes::none())
            },
            |x, _| vec![binary($name, &x[0], &x[1])],
            |x, _| vec![x[0].binary($name, &x[1])],
        )
    };
}

/// A function of pairs of truth values.
macro_rules! of_truth {
    ($name:literal) => {
        Case::new(
            $name,
            |d| {
                let shape = d.any_shape();
                let other = d.beside(&shape);
                (vec![d.truth(&shape), d.truth(&other)], Attributes::none())
            },
            |x, _| vec![binary($name, &x[0], &x[1])],
            |x, _| vec![x[0].binary($name, &x[1])],
        )
    };
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = of_elements();
    all.extend(pairs());
    all.extend(others());
    all
}

fn of_elements() -> Vec<Case> {
    vec![
        of_each!("abs", -2.0, 2.0),
        of_each!("ceil", -2.0, 2.0).without_gradient(),
        of_each!("cos", -2.0, 2.0),
        of_each!("erf", -2.0, 2.0),
        of_each!("exp", -2.0, 2.0),
        of_each!("expm1", -2.0, 2.0),
        of_each!("floor", -2.0, 2.0).without_gradient(),
        of_each!("is_finite", -2.0, 2.0),
        of_each!("log", 0.1, 4.0),
        of_each!("log1p", -0.9, 4.0),
        of_each!("negative", -2.0, 2.0).file("neg"),
        of_each!("reciprocal", 0.2, 4.0),
        of_each!("relu", -2.0, 2.0),
        of_each!("round", -2.0, 2.0).without_gradient(),
        of_each!("rsqrt", 0.2, 4.0),
        of_each!("sigmoid", -4.0, 4.0),
        of_each!("sign", -2.0, 2.0),
        of_each!("sin", -2.0, 2.0),
        of_each!("softplus", -4.0, 4.0),
        of_each!("sqrt", 0.2, 4.0),
        of_each!("square", -2.0, 2.0),
        of_each!("tanh", -2.0, 2.0),
    ]
}

fn pairs() -> Vec<Case> {
    vec![
        of_pairs!("add", -2.0, 2.0),
        of_pairs!("div", 0.3, 3.0),
        of_pairs!("equal", -2.0, 2.0),
        of_pairs!("greater", -2.0, 2.0),
        of_pairs!("greater_equal", -2.0, 2.0),
        of_pairs!("less", -2.0, 2.0),
        of_pairs!("less_equal", -2.0, 2.0),
        of_pairs!("maximum", -2.0, 2.0),
        of_pairs!("minimum", -2.0, 2.0),
        of_pairs!("mul", -2.0, 2.0),
        of_pairs!("not_equal", -2.0, 2.0),
        of_pairs!("pow", 0.3, 3.0),
        of_pairs!("sub", -2.0, 2.0),
        of_truth!("logical_and"),
        of_truth!("logical_or"),
    ]
}

fn others() -> Vec<Case> {
    vec![
        Case::new(
            "logical_not",
            |d| {
                let shape = d.any_shape();
                (vec![d.truth(&shape)], Attributes::none())
            },
            |x, _| vec![x[0].logical_not()],
            |x, _| vec![x[0].unary("logical_not")],
        ),
        Case::new(
            "select",
            |d| {
                let shape = d.any_shape();
                let (a, b) = (d.beside(&shape), d.beside(&shape));
                (vec![d.truth(&shape), d.floats(&a), d.floats(&b)], Attributes::none())
            },
            |x, _| vec![select(&x[0], &x[1], &x[2])],
            |x, _| vec![x[0].select(&x[1], &x[2])],
        ),
        Case::new(
            "clip",
            |d| {
                let shape = d.any_shape();
                (vec![d.floats(&shape)], Attributes::of([("low", json!(-0.5)), ("high", json!(1.0))]))
            },
            |x, a| vec![x[0].clip(a.number("low"), a.number("high"))],
            |x, a| {
                let (low, high) = (a.number("low"), a.number("high"));
                vec![x[0].map(|v| v.min(high).max(low))]
            },
        )
        .operation("maximum"),
        Case::new(
            "cast",
            |d| {
                let shape = d.any_shape();
                // Not to single precision, whose rounding no difference in double precision survives.
                let to = d.one_of(&["f64", "i32", "i64", "bool"]);
                (vec![d.floats(&shape)], Attributes::of([("to", json!(to))]))
            },
            |x, a| vec![x[0].cast(dtype(a.text("to")))],
            |x, a| vec![x[0].cast(dtype(a.text("to")))],
        ),
    ]
}

/// The dtype called `name`.
fn dtype(name: &str) -> DType {
    match name {
        "f32" => DType::F32,
        "f64" => DType::F64,
        "i32" => DType::I32,
        "i64" => DType::I64,
        _ => DType::Bool,
    }
}
