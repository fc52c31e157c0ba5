//! RustyML: 784-512-10 by `fit_with_batches`, and a prediction for one row.

use ndarray::Array;
use peers::{emit, mnist, timed};
use rustyml::prelude::neural_network::*;

fn main() {
    let (x, y) = mnist();
    let x = Array::from_shape_vec((10000, 784), x).unwrap().into_dyn();
    let y = Array::from_shape_vec((10000, 1), y.iter().map(|&v| v as f32).collect()).unwrap().into_dyn();
    let mut m = SequentialBuilder::new()
        .add(Dense::new(512, Activation::ReLU).unwrap())
        .add(Dense::new(10, Activation::Softmax { axis: -1 }).unwrap())
        .build(&Shape::known(x.shape()))
        .unwrap();
    m.compile(SGD::new(0.01, 0.0, false, 0.0).unwrap(), SparseCategoricalCrossEntropy::new(false));
    let s = timed(|| {
        m.fit_with_batches(&x, &y, 1, 32).unwrap();
    });
    emit("mlp_fit_b32", "rustyml", "rustyml", 10000.0 / s, "samples/s");
    let one = x.slice(ndarray::s![0..1, ..]).to_owned().into_dyn();
    let s = timed(|| {
        for _ in 0..200 {
            m.predict(&one).unwrap();
        }
    });
    emit("mlp_call_one", "rustyml", "rustyml", s / 200.0 * 1e6, "us/call");
}
