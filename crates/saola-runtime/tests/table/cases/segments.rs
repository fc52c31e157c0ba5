//! Rows combined by the number of their segment.

use saola_graph::{
    DType, segment_max, segment_mean, segment_min, segment_prod, segment_sum, unsorted_segment_max,
    unsorted_segment_mean, unsorted_segment_min, unsorted_segment_prod, unsorted_segment_sum,
};
use saola_tensor::Tensor;
use saola_testkit::Naive;
use serde_json::json;

use crate::attributes::Attributes;
use crate::case::Case;
use crate::draw::Draw;

macro_rules! combination {
    ($name:ident, $draw:ident, $start:expr, $combine:expr) => {
        Case::new(
            stringify!($name),
            $draw,
            |x, a| vec![$name(&x[0], &x[1], a.size("segments"))],
            |x, a| vec![combined(x, a, $start, $combine)],
        )
        .file("segment")
        .tolerance(40.0)
    };
}

macro_rules! mean {
    ($name:ident, $draw:ident, $sum:literal) => {
        Case::new(
            stringify!($name),
            $draw,
            |x, a| vec![$name(&x[0], &x[1], a.size("segments"))],
            |x, a| {
                let ones = x[0].map(|_| 1.0);
                let counts = combined(&[ones, x[1].clone()], a, 0.0, |s, v| s + v).map(|n| n.max(1.0));
                vec![combined(x, a, 0.0, |s, v| s + v).binary("div", &counts)]
            },
        )
        .file("segment")
        .operation($sum)
        .tolerance(40.0)
    };
}

pub(crate) fn cases() -> Vec<Case> {
    vec![
        combination!(segment_sum, ascending, 0.0, |s, v| s + v),
        combination!(segment_prod, ascending, 1.0, |s, v| s * v),
        combination!(segment_max, ascending, f64::NEG_INFINITY, f64::max),
        combination!(segment_min, ascending, f64::INFINITY, f64::min),
        mean!(segment_mean, ascending, "segment_sum"),
        combination!(unsorted_segment_sum, any_order, 0.0, |s, v| s + v),
        combination!(unsorted_segment_prod, any_order, 1.0, |s, v| s * v),
        combination!(unsorted_segment_max, any_order, f64::NEG_INFINITY, f64::max),
        combination!(unsorted_segment_min, any_order, f64::INFINITY, f64::min),
        mean!(unsorted_segment_mean, any_order, "unsorted_segment_sum"),
    ]
}

fn ascending(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let shape = d.shape(2);
    let number = d.between(1, 6);
    let mut ids: Vec<i64> = (0..shape[0]).map(|_| d.between(0, number - 1) as i64).collect();
    // Differences of what an empty segment gives are no numbers.
    ids.iter_mut().zip(0..number as i64).for_each(|(id, i)| *id = i);
    ids.sort_unstable();
    let segments = shape[0].min(number);
    (vec![d.floats(&shape), Tensor::from(ids)], Attributes::of([("segments", json!(segments))]))
}

fn any_order(d: &mut Draw) -> (Vec<Tensor>, Attributes) {
    let (x, a) = ascending(d);
    let mut ids = x[1].to_vec::<i64>().expect("ids");
    ids.reverse();
    let mut left_out = d.floats(&[1, x[0].shape()[1]]).cast(x[0].dtype()).expect("a row");
    if d.coin() {
        left_out = Tensor::concat(&[x[0].clone(), left_out]).expect("rows");
        ids.push(-1);
    } else {
        left_out = x[0].clone();
    }
    (vec![left_out, Tensor::from(ids).cast(DType::I32).expect("ids")], a)
}

fn combined(x: &[Naive], a: &Attributes, start: f64, combine: fn(f64, f64) -> f64) -> Naive {
    let (numbers, columns, segments) = (x[0].floats(), x[0].shape[1], a.size("segments"));
    let mut out = vec![start; segments * columns];
    for (row, &id) in x[1].integers().iter().enumerate().filter(|(_, id)| **id >= 0) {
        for c in 0..columns {
            let o = &mut out[id as usize * columns + c];
            *o = combine(*o, numbers[row * columns + c]);
        }
    }
    Naive::new(out, vec![segments, columns], x[0].dtype)
}
