//! Probabilities of classes, and how far they are from labels.

use saola_graph::{DType, Symbol, gradients};
use saola_tensor::Tensor;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

fn rows(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.filled(2);
    (vec![d.floats(&shape)], Attributes::none())
}

fn pairs(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.filled(2);
    (vec![d.floats(&shape), d.floats_in(&shape, 0.0, 1.0)], Attributes::none())
}

fn slope(y: &Symbol, x: &[Symbol], weights: usize) -> Vec<Symbol> {
    gradients([&(y * &x[weights])], [&x[0]])
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::new("softmax", rows, |x, _| vec![x[0].softmax()], |x, _| vec![x[0].softmax(false)]),
        Case::new("log_softmax", rows, |x, _| vec![x[0].log_softmax()], |x, _| vec![x[0].softmax(true)])
            .file("softmax"),
        Case::new(
            "softmax_gradient",
            pairs,
            |x, _| slope(&x[0].softmax(), x, 1),
            |x, _| {
                let y = x[0].softmax(false);
                let dot = y.binary("mul", &x[1]).reduce("sum", &[1], true);
                vec![x[1].binary("sub", &dot).binary("mul", &y)]
            },
        )
        .file("softmax")
        .known("gradients are asked for with weights of a known shape")
        .tolerance(20.0),
        Case::new(
            "softmax_cross_entropy",
            pairs,
            |x, _| vec![x[0].softmax_cross_entropy(&x[1])],
            |x, _| vec![x[0].softmax_cross_entropy(&x[1])],
        )
        .tolerance(40.0),
        Case::new(
            "sparse_softmax_cross_entropy",
            |d| {
                let shape = d.filled(2);
                let labels = d.integers(&shape[..1], 0, shape[1] as i64, DType::I64);
                (vec![d.floats(&shape), labels], Attributes::none())
            },
            |x, _| vec![x[0].sparse_softmax_cross_entropy(&x[1])],
            |x, _| {
                let one_hot = x[1].one_hot(x[0].shape[1], x[0].dtype);
                vec![x[0].softmax_cross_entropy(&one_hot)]
            },
        )
        .file("softmax_cross_entropy"),
        Case::new(
            "sigmoid_cross_entropy",
            pairs,
            |x, _| vec![x[0].sigmoid_cross_entropy(&x[1])],
            |x, _| {
                let (positive, product) = (x[0].unary("relu"), x[0].binary("mul", &x[1]));
                let rest = x[0].unary("abs").unary("negative").unary("exp").unary("log1p");
                vec![positive.binary("sub", &product).binary("add", &rest)]
            },
        )
        .operation("softplus"),
    ]
}
