//! Choices and loops, with plain choices and loops beside them.

use saola_graph::{WhileLoop, cond, scan};
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;

pub(crate) fn cases() -> Vec<Case> {
    vec![choice(), sequence(), bounded(), unbounded()]
}

fn choice() -> Case {
    Case::new(
        "cond",
        |d| {
            let shape = d.any_shape();
            (vec![d.truth(&[]), d.floats(&shape), d.floats(&shape)], Attributes::none())
        },
        // The second captured value depends on the first: the way back must not count that way twice.
        |x, _| {
            let scaled = &x[1] * 3.0;
            cond(&x[0], || vec![&x[1] * &scaled, x[2].exp()], || vec![&scaled + &x[2], x[2].clone()])
        },
        |x, _| {
            let three = Naive::scalar(3.0, x[1].dtype);
            let scaled = x[1].binary("mul", &three);
            match x[0].integers()[0] {
                0 => vec![scaled.binary("add", &x[2]), x[2].clone()],
                _ => vec![x[1].binary("mul", &scaled), x[2].unary("exp")],
            }
        },
    )
}

fn sequence() -> Case {
    Case::new(
        "scan",
        |d| {
            let (t, n) = (d.between(0, 5), d.between(1, 4));
            let inputs = vec![d.floats(&[n]), d.floats(&[t, n]), d.floats_in(&[n], 0.5, 1.0)];
            (inputs, Attributes::none())
        },
        |x, _| {
            let factor = &x[2] * 0.5;
            let (last, given) = scan(&x[..1], &x[1..2], |state, part| {
                let next = (&state[0] * &factor + &part[0] * &x[2]).tanh();
                (vec![next.clone()], vec![&next + &part[0]])
            });
            vec![last[0].clone(), given[0].clone()]
        },
        |x, _| {
            let (t, n) = (x[1].shape[0], x[1].shape[1]);
            let (mut state, parts, factor) = (x[0].floats(), x[1].floats(), x[2].floats());
            let mut given = vec![];
            for part in parts.chunks(n).take(t) {
                let next = |k: usize| (state[k] * factor[k] * 0.5 + part[k] * factor[k]).tanh();
                state = (0..n).map(next).collect();
                given.extend((0..n).map(|k| state[k] + part[k]));
            }
            vec![Naive::new(state, vec![n], x[0].dtype), Naive::new(given, vec![t, n], x[0].dtype)]
        },
    )
    .tolerance(40.0)
}

fn bounded() -> Case {
    Case::new(
        "while_loop",
        |d| {
            let n = d.between(1, 4);
            let most = d.between(0, 6);
            let inputs = vec![d.floats_in(&[n], 1.0, 2.0), d.floats_in(&[n], 1.1, 1.9)];
            (inputs, Attributes::of([("most", json!(most))]))
        },
        |x, a| {
            let grow = WhileLoop::new().maximum_iterations(a.size("most"));
            grow.call(&x[..1], |s| s[0].sum().less(20.0), |s| vec![&s[0] * &x[1]])
        },
        |x, a| {
            let (mut state, factor) = (x[0].floats(), x[1].floats());
            for _ in 0..a.size("most") {
                if state.iter().sum::<f64>() >= 20.0 {
                    break;
                }
                state.iter_mut().zip(&factor).for_each(|(s, f)| *s *= f);
            }
            vec![Naive::vector(&state, x[0].dtype)]
        },
    )
    .tolerance(40.0)
}

fn unbounded() -> Case {
    Case::new(
        "while_loop_unbounded",
        |d| (vec![d.floats_in(&[3], 1.0, 2.0)], Attributes::none()),
        |x, _| {
            let condition = |s: &[saola_graph::Symbol]| s[0].sum().less(1000.0);
            WhileLoop::new().call(&x[..1], condition, |s| vec![&s[0] * 2.0])
        },
        |x, _| {
            let mut state = x[0].floats();
            while state.iter().sum::<f64>() < 1000.0 {
                state.iter_mut().for_each(|s| *s *= 2.0);
            }
            vec![Naive::vector(&state, x[0].dtype)]
        },
    )
    .file("while_loop")
    .operation("while_loop")
    .without_gradient()
}
