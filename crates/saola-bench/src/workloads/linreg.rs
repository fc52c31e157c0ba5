//! A line through a hundred points by gradient descent in a session: two runs per iteration, one that trains and
//! one that reads the loss, as the program of TensorFlow 1 does it.

use saola_graph::{DType, Dim, placeholder, variable};
use saola_nn::optimizers::{Optimizer, Sgd};
use saola_runtime::{Session, feed};
use saola_tensor::{Result, Rng, Tensor};

use crate::clock::seconds;

/// Runs per second.
pub(super) fn session() -> Result<f64> {
    let (w, b) = (variable("W", 0.3f32), variable("b", -0.3f32));
    let (x, y) = (placeholder("x", DType::F32, [Dim::Any]), placeholder("y", DType::F32, [Dim::Any]));
    let loss = (&w * &x + &b - &y).square().sum();
    let train = Sgd::new(0.001).minimize(&loss);
    let mut rng = Rng::new(1, 0);
    let mut random = || Tensor::from((0..100).map(|_| rng.unit() as f32).collect::<Vec<_>>());
    let (xs, ys) = (random(), random());
    let session = Session::new();
    let time = seconds(1, 5, || {
        for _ in 0..1000 {
            session.run(&train, feed![&x => &xs, &y => &ys])?;
            session.run(&loss, feed![&x => &xs, &y => &ys])?;
        }
        Ok(())
    })?;
    Ok(2000.0 / time)
}
