//! Two convolutions, two poolings and a dense layer on 5,120 digits of MNIST, in batches of 128.

use saola_keras::{Compile, Fit, Predict, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::{Conv2D, Dense, Dropout, Flatten, MaxPooling2D};
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::metrics::Accuracy;
use saola_nn::optimizers::Adam;
use saola_tensor::{Result, Tensor};

use super::mlp::digits;
use crate::clock::seconds;

/// Examples per epoch.
const ROWS: usize = 5120;

fn images() -> Result<(Tensor, Tensor)> {
    let (x, y) = digits()?;
    Ok((x.rows(0..ROWS)?.reshape([ROWS, 28, 28, 1])?, y.rows(0..ROWS)?))
}

fn network() -> Result<Sequential> {
    let mut model = Sequential::new()
        .add(Conv2D::new(32, 3).activation(Relu))
        .add(MaxPooling2D::new(2))
        .add(Conv2D::new(64, 3).activation(Relu))
        .add(MaxPooling2D::new(2))
        .add(Flatten::new())
        .add(Dropout::new(0.5))
        .add(Dense::new(10).activation(Softmax));
    let loss = SparseCategoricalCrossentropy::new();
    model.compile(Compile::new(Adam::default(), loss).metric(Accuracy::new()))?;
    model.build([28, 28, 1])?;
    Ok(model)
}

/// Examples per second of `fit`.
pub(super) fn fit() -> Result<f64> {
    let ((x, y), mut model) = (images()?, network()?);
    let time = seconds(1, 3, || model.fit((&x, &y), Fit::epochs(1).batch_size(128).silent()).map(drop))?;
    Ok(ROWS as f64 / time)
}

/// Examples per second of `predict`.
pub(super) fn predict() -> Result<f64> {
    let ((x, _), mut model) = (images()?, network()?);
    let time = seconds(1, 3, || model.predict(&x, Predict::batch_size(128)).map(drop))?;
    Ok(ROWS as f64 / time)
}
