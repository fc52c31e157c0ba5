//! Functions of each element and each pair that are not basic arithmetic.

use saola_graph::{Axes, DType, Symbol};
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

pub(crate) fn cases() -> Vec<Case> {
    let mut all = elementary();
    all.extend(special());
    all.extend(activations());
    all.extend(pairs());
    all.extend(integers());
    all
}

/// A function of each element, drawn from a range: the method and the plain function.
macro_rules! each {
    ($name:ident, $low:literal, $high:literal, $plain:expr) => {
        Case::new(
            stringify!($name),
            |d| {
                let shape = d.any_shape();
                (vec![d.floats_in(&shape, $low, $high)], Attributes::none())
            },
            |x, _| vec![x[0].$name()],
            |x, _| vec![x[0].map($plain)],
        )
        .tolerance(20.0)
    };
}

fn elementary() -> Vec<Case> {
    vec![
        each!(tan, -1.4, 1.4, |v: f64| v.sin() / v.cos()),
        each!(asin, -0.95, 0.95, |v: f64| v.atan2((1.0 - v * v).sqrt())),
        each!(acos, -0.95, 0.95, |v: f64| (1.0 - v * v).sqrt().atan2(v)),
        each!(atan, -3.0, 3.0, |v: f64| v.atan2(1.0)),
        each!(sinh, -2.0, 2.0, |v: f64| (v.exp() - (-v).exp()) / 2.0),
        each!(cosh, -2.0, 2.0, |v: f64| (v.exp() + (-v).exp()) / 2.0),
        each!(asinh, -3.0, 3.0, |v: f64| (v + (v * v + 1.0).sqrt()).ln()),
        each!(acosh, 1.1, 4.0, |v: f64| (v + (v * v - 1.0).sqrt()).ln()),
        each!(atanh, -0.9, 0.9, |v: f64| ((1.0 + v) / (1.0 - v)).ln() / 2.0),
        each!(exp2, -3.0, 3.0, |v: f64| 2f64.powf(v)),
        each!(log2, 0.1, 9.0, |v: f64| v.ln() / 2f64.ln()),
        each!(log10, 0.1, 9.0, |v: f64| v.ln() / 10f64.ln()),
        question("is_nan", |x, _| vec![x[0].log().is_nan()], |x, _| vec![truth(&x[0], |v| v < 0.0)]),
        question("is_inf", |x, _| vec![x[0].log().is_inf()], |x, _| vec![truth(&x[0], |v| v == 0.0)]),
    ]
}

/// A question about logarithms, which are of every kind.
fn question(name: &'static str, build: fn(&[Symbol], &Attributes) -> Vec<Symbol>, plain: Plain) -> Case {
    let draw = |d: &mut Draw| {
        let shape = d.any_shape();
        (vec![d.integers(&shape, -1, 3, d.dtype)], Attributes::none())
    };
    Case::new(name, draw, build, plain)
}

type Plain = fn(&[Naive], &Attributes) -> Vec<Naive>;

fn truth(x: &Naive, f: fn(f64) -> bool) -> Naive {
    Naive::new(x.floats().iter().map(|&v| f64::from(u8::from(f(v)))).collect(), x.shape.clone(), DType::Bool)
}

/// Σ over the places up to x + 40, and the first terms of an asymptotic series there.
fn raised(x: f64, term: fn(f64) -> f64, series: fn(f64) -> f64) -> f64 {
    let below: f64 = (0..40).map(|i| term(x + f64::from(i))).sum();
    series(x + 40.0) + below
}

fn error_function(v: f64) -> f64 {
    Naive::scalar(v, DType::F64).unary("erf").floats()[0]
}

fn special() -> Vec<Case> {
    vec![
        each!(erfc, -2.0, 2.0, |v: f64| 1.0 - error_function(v)),
        each!(erfinv, -0.95, 0.95, |v: f64| {
            let (mut low, mut high) = (-3.0, 3.0);
            for _ in 0..80 {
                let middle = (low + high) / 2.0;
                if error_function(middle) < v { low = middle } else { high = middle }
            }
            low
        }),
        each!(lgamma, 0.3, 6.0, |v: f64| {
            let stirling = |x: f64| {
                let tail = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1260.0 * x.powi(5));
                (x - 0.5) * x.ln() - x + (2.0 * std::f64::consts::PI).ln() / 2.0 + tail
            };
            raised(v, |x| -x.ln(), stirling)
        }),
        each!(digamma, 0.3, 6.0, |v: f64| {
            let series = |x: f64| {
                let tail = 1.0 / (12.0 * x * x) - 1.0 / (120.0 * x.powi(4)) + 1.0 / (252.0 * x.powi(6));
                x.ln() - 0.5 / x - tail
            };
            raised(v, |x| -1.0 / x, series)
        }),
        each!(trigamma, 0.3, 6.0, |v: f64| {
            let series = |x: f64| {
                1.0 / x + 0.5 / (x * x) + 1.0 / (6.0 * x.powi(3)) - 1.0 / (30.0 * x.powi(5))
                    + 1.0 / (42.0 * x.powi(7))
            };
            raised(v, |x| 1.0 / (x * x), series)
        })
        .without_gradient(),
    ]
}

fn activations() -> Vec<Case> {
    vec![
        each!(gelu, -3.0, 3.0, |v: f64| v * (1.0 + error_function(v / 2f64.sqrt())) / 2.0),
        each!(gelu_tanh, -3.0, 3.0, |v: f64| {
            let inner = (2.0 / std::f64::consts::PI).sqrt() * (v + 0.044715 * v * v * v);
            v / 2.0 * (1.0 + inner.tanh())
        })
        .file("gelu")
        .operation("tanh"),
        each!(silu, -4.0, 4.0, |v: f64| v / (1.0 + (-v).exp())),
        each!(selu, -3.0, 3.0, |v: f64| {
            1.050_700_987_355_480_5 * if v > 0.0 { v } else { 1.673_263_242_354_377_2 * (v.exp() - 1.0) }
        })
        .operation("select"),
        each!(softsign, -3.0, 3.0, |v: f64| v / (1.0 + v.abs())).operation("abs"),
        each!(relu6, -3.0, 9.0, |v: f64| v.clamp(0.0, 6.0)).operation("relu"),
        each!(hard_sigmoid, -5.0, 5.0, |v: f64| (v / 6.0 + 0.5).clamp(0.0, 1.0)).operation("relu"),
        each!(log_sigmoid, -4.0, 4.0, |v: f64| -(1.0 + (-v).exp()).ln()).operation("softplus"),
        Case::new(
            "elu",
            |d| {
                let shape = d.any_shape();
                (vec![d.floats(&shape)], Attributes::of([("alpha", json!(1.5))]))
            },
            |x, a| vec![x[0].elu(a.number("alpha"))],
            |x, a| vec![x[0].map(|v| if v > 0.0 { v } else { a.number("alpha") * (v.exp() - 1.0) })],
        )
        .operation("expm1")
        .tolerance(20.0),
        Case::new(
            "leaky_relu",
            |d| {
                let shape = d.any_shape();
                (vec![d.floats(&shape)], Attributes::of([("slope", json!(0.25))]))
            },
            |x, a| vec![x[0].leaky_relu(a.number("slope"))],
            |x, a| vec![x[0].map(|v| if v > 0.0 { v } else { a.number("slope") * v })],
        )
        .operation("select"),
        Case::new(
            "l2_normalize",
            |d| {
                let shape = d.filled(2);
                let attributes = [("axis", json!(d.between(0, 1))), ("epsilon", json!(0.5))];
                (vec![d.floats(&shape)], Attributes::of(attributes))
            },
            |x, a| vec![x[0].l2_normalize(Axes::from(a.int("axis")), a.number("epsilon"))],
            |x, a| {
                let squares = x[0].map(|v| v * v).reduce("sum", &[a.size("axis")], true);
                vec![x[0].binary("div", &squares.map(|s| s.max(a.number("epsilon")).sqrt()))]
            },
        )
        .operation("rsqrt")
        .tolerance(20.0),
    ]
}

/// A function of each pair, drawn from ranges: the method and the plain function.
macro_rules! both {
    ($name:ident, $low:literal, $high:literal, $plain:expr) => {
        Case::new(
            stringify!($name),
            |d| {
                let (a, b) = beside(d);
                (vec![d.floats_in(&a, $low, $high), d.floats_in(&b, $low, $high)], Attributes::none())
            },
            |x, _| vec![x[0].$name(&x[1])],
            |x, _| vec![paired(x, $plain)],
        )
        .tolerance(20.0)
    };
}

fn beside(d: &mut Draw) -> (Vec<usize>, Vec<usize>) {
    let shape = d.any_shape();
    let other = d.beside(&shape);
    (shape, other)
}

fn paired(x: &[Naive], f: impl Fn(f64, f64) -> f64) -> Naive {
    // The sum broadcasts both.
    let whole = x[0].binary("add", &x[1]).shape;
    let (a, b) = (x[0].broadcast_to(&whole).floats(), x[1].broadcast_to(&whole).floats());
    Naive::new(a.iter().zip(&b).map(|(&a, &b)| f(a, b)).collect(), whole, x[0].dtype)
}

fn pairs() -> Vec<Case> {
    vec![
        both!(atan2, -2.0, 2.0, |y: f64, x: f64| {
            // The half angle, which needs no case by case.
            2.0 * y.atan2((x * x + y * y).sqrt() + x)
        }),
        both!(squared_difference, -2.0, 2.0, |a: f64, b: f64| (a - b) * (a - b)).operation("square"),
        both!(floor_div, 0.4, 5.0, |a: f64, b: f64| (a / b).floor()).without_gradient(),
        both!(remainder, 0.4, 5.0, |a: f64, b: f64| a - b * (a / b).floor()).file("floor_div"),
        Case::new(
            "div_no_nan",
            |d| {
                let (a, b) = beside(d);
                (vec![d.floats(&a), d.integers(&b, -2, 3, DType::I64)], Attributes::none())
            },
            // Integers as divisors, since differences do not survive the jump at 0.
            |x, _| vec![x[0].div_no_nan(x[1].cast(x[0].dtype()))],
            |x, _| {
                let divisors = x[1].cast(x[0].dtype);
                vec![paired(&[x[0].clone(), divisors], |a, b| if b == 0.0 { 0.0 } else { a / b })]
            },
        )
        .operation("div"),
        Case::new(
            "lerp",
            |d| {
                let (a, b) = beside(d);
                (vec![d.floats(&a), d.floats(&b)], Attributes::of([("weight", json!(0.3))]))
            },
            |x, a| vec![x[0].lerp(&x[1], a.number("weight"))],
            |x, a| vec![paired(x, |s, e| s + a.number("weight") * (e - s))],
        )
        .operation("mul")
        .tolerance(20.0)
        .without_golden("neither Keras nor TensorFlow has it"),
        Case::new(
            "logical_xor",
            |d| {
                let (a, b) = beside(d);
                (vec![d.truth(&a), d.truth(&b)], Attributes::none())
            },
            |x, _| vec![x[0].logical_xor(&x[1])],
            |x, _| vec![x[0].binary("not_equal", &x[1])],
        ),
    ]
}

/// An operation on pairs of integers of any width.
macro_rules! whole {
    ($name:ident, $low:literal, $high:literal, $plain:expr) => {
        Case::new(
            stringify!($name),
            |d| {
                let (a, b) = beside(d);
                let dtype = d.one_of(&[DType::I32, DType::I64]);
                (
                    vec![d.integers(&a, -100, 100, dtype), d.integers(&b, $low, $high, dtype)],
                    Attributes::none(),
                )
            },
            |x, _| vec![x[0].$name(&x[1])],
            |x, _| {
                let f: fn(i64, i64) -> i64 = $plain;
                vec![paired(x, |a, b| f(a as i64, b as i64) as f64)]
            },
        )
    };
}

fn integers() -> Vec<Case> {
    vec![
        whole!(bitwise_and, -100, 100, |a, b| a & b),
        whole!(bitwise_or, -100, 100, |a, b| a | b),
        whole!(bitwise_xor, -100, 100, |a, b| a ^ b),
        whole!(left_shift, 0, 20, |a, b| a * (1 << b)),
        whole!(right_shift, 0, 20, |a, b| a.div_euclid(1 << b)),
        Case::new(
            "bitwise_not",
            |d| {
                let shape = d.any_shape();
                (vec![d.integers(&shape, -100, 100, DType::I32)], Attributes::none())
            },
            |x, _| vec![x[0].bitwise_not()],
            |x, _| vec![x[0].map(|v| -v - 1.0)],
        ),
    ]
}
