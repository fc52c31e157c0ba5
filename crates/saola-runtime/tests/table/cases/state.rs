//! What is fed, kept, drawn or only ordered.

use saola_graph::{Effect, UpdateRule};
use saola_graph::{Random, Symbol, assign, constant, group, in_phase, optimizer_step, variable};
use saola_tensor::Tensor;
use saola_testkit::Naive;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

const OURS: &str = "it is how graphs are built, not what TensorFlow computes";

fn one(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.any_shape();
    (vec![d.floats(&shape)], Attributes::none())
}

fn same(x: &[Naive], _: &Attributes) -> Vec<Naive> {
    vec![x[0].clone()]
}

/// A variable of three numbers in the dtype of `like`, and its new value after adding their squares' sum.
fn counted(like: &Symbol) -> (Symbol, Symbol) {
    let start = Tensor::from([1.0f64, -2.0, 0.5]).cast(like.dtype()).map(|t| variable("v", t));
    let v = start.unwrap_or_else(Symbol::poisoned);
    let added = v.assign_add(&(&v * like.square().sum()));
    (v, added)
}

fn counted_plain(x: &[Naive], _: &Attributes) -> Vec<Naive> {
    let total: f64 = x[0].floats().iter().map(|x| x * x).sum();
    let new: Vec<f64> = [1.0, -2.0, 0.5].iter().map(|v| v + v * total).collect();
    vec![Naive::vector(&new, x[0].dtype)]
}

pub(crate) fn cases() -> Vec<Case> {
    let mut all = updates();
    all.extend(structure());
    all.extend(random());
    all
}

fn updates() -> Vec<Case> {
    vec![
        Case::new("assign_add", one, |x, _| vec![counted(&x[0]).1], counted_plain)
            .file("assign")
            .without_gradient()
            .tolerance(40.0)
            .without_golden(OURS),
        Case::new(
            "assign",
            one,
            |x, _| {
                let v = counted(&x[0]).0;
                vec![assign(&v, &(&v + &v * x[0].square().sum()))]
            },
            counted_plain,
        )
        .without_gradient()
        .tolerance(40.0)
        .without_golden(OURS),
        Case::new(
            "read",
            one,
            |x, _| {
                let (v, added) = counted(&x[0]);
                vec![v.read([&added])]
            },
            counted_plain,
        )
        .without_gradient()
        .tolerance(40.0)
        .without_golden(OURS),
        Case::new(
            "optimizer_step",
            one,
            |x, _| {
                let v = counted(&x[0]).0;
                let rate = constant(1.0f32).cast(x[0].dtype());
                let step = optimizer_step(UpdateRule::Sgd, &v, &[], &(&v * -x[0].square().sum()), &[rate]);
                vec![v.read([&step])]
            },
            counted_plain,
        )
        .without_gradient()
        .tolerance(40.0)
        .without_golden("the optimizers' own reference values have ten steps of each"),
    ]
}

fn structure() -> Vec<Case> {
    vec![
        Case::new("placeholder", one, |x, _| vec![x[0].clone()], same).without_golden(OURS),
        Case::new("identity", one, |x, _| vec![x[0].after([&x[0].square()])], same).without_golden(OURS),
        Case::new("stop_gradient", one, |x, _| vec![x[0].stop_gradient()], same)
            .file("identity")
            .without_gradient(),
        Case::new("in_phase", one, |x, _| vec![in_phase(&x[0].square(), &x[0])], same).without_golden(OURS),
        Case::new(
            "group",
            one,
            |x, _| {
                let (v, added) = counted(&x[0]);
                let done: Effect = group([&added]);
                vec![v.read([done.symbol()])]
            },
            counted_plain,
        )
        .without_gradient()
        .tolerance(40.0)
        .without_golden(OURS),
        Case::new(
            "variable",
            one,
            |x, _| {
                let v = counted(&x[0]).0;
                vec![&v * x[0].sum()]
            },
            |x, _| {
                let total: f64 = x[0].floats().iter().sum();
                vec![Naive::vector(&[total, -2.0 * total, 0.5 * total], x[0].dtype)]
            },
        )
        .tolerance(40.0)
        .without_golden(OURS),
        Case::new(
            "constant",
            one,
            |x, _| vec![x[0].sum() * constant(Tensor::from([1.0f32, -2.0, 0.5])).cast(x[0].dtype())],
            |x, _| {
                let total: f64 = x[0].floats().iter().sum();
                vec![Naive::vector(&[total, -2.0 * total, 0.5 * total], x[0].dtype)]
            },
        )
        .tolerance(40.0)
        .without_golden(OURS),
    ]
}

fn random() -> Vec<Case> {
    vec![
        Case::new("random_uniform", one, |x, _| vec![Random::like(&x[0]).seed(3).uniform(-1.0, 2.0)], same)
            .file("random")
            .without_gradient()
            .without_loop("what is drawn is tested by its distribution")
            .without_golden("no other package draws the same numbers"),
    ]
}
