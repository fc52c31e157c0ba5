//! The network of 784, 512 and 10 on the 10,000 digits of MNIST: an epoch of training in batches of 32, all
//! predictions in batches of 32, and one row through the network.

use saola_data::Mnist;
use saola_keras::{Compile, Fit, Predict, Sequential};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::Dense;
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::metrics::Accuracy;
use saola_nn::optimizers::Sgd;
use saola_tensor::{DType, Result, Tensor};

use crate::clock::seconds;

/// Examples per epoch.
const ROWS: f64 = 10_000.0;

/// The images as rows of numbers from 0 to 1, and the labels.
pub(super) fn digits() -> Result<(Tensor, Tensor)> {
    let test = Mnist::open(super::data_folder().join("mnist"))?.test;
    let n = test.images.n_rows()?;
    let pixels: Vec<f32> = test.images.as_slice::<u8>()?.iter().map(|&p| f32::from(p) / 255.0).collect();
    Ok((Tensor::new(pixels, [n, 784])?, test.labels.cast(DType::I64)?))
}

/// The network, compiled.
pub(super) fn network() -> Result<Sequential> {
    let mut model =
        Sequential::new().add(Dense::new(512).activation(Relu)).add(Dense::new(10).activation(Softmax));
    let compile = Compile::new(Sgd::default(), SparseCategoricalCrossentropy::new()).metric(Accuracy::new());
    model.compile(compile)?;
    model.build([784])?;
    Ok(model)
}

/// Builds the network and trains it on one batch of random numbers.
pub(crate) fn first_step() -> Result<()> {
    let mut model = network()?;
    let x = Tensor::full(0.5f32, [32, 784])?.cast(DType::F32)?;
    let y = Tensor::zeros(DType::I64, [32])?;
    model.fit((&x, &y), Fit::epochs(1).batch_size(32).silent()).map(drop)
}

/// Trains the network for an epoch.
pub(crate) fn one_epoch() -> Result<()> {
    let ((x, y), mut model) = (digits()?, network()?);
    model.fit((&x, &y), Fit::epochs(1).batch_size(32).silent()).map(drop)
}

/// Examples per second of `fit`.
pub(super) fn fit() -> Result<f64> {
    let ((x, y), mut model) = (digits()?, network()?);
    let time = seconds(2, 5, || model.fit((&x, &y), Fit::epochs(1).batch_size(32).silent()).map(drop))?;
    Ok(ROWS / time)
}

/// Examples per second of `predict`.
pub(super) fn predict() -> Result<f64> {
    let ((x, _), mut model) = (digits()?, network()?);
    let time = seconds(1, 5, || model.predict(&x, Predict::batch_size(32)).map(drop))?;
    Ok(ROWS / time)
}

/// Microseconds of one row.
pub(super) fn call_one() -> Result<f64> {
    let ((x, _), mut model) = (digits()?, network()?);
    let one = x.rows(0..1)?;
    let model = model.model()?;
    let time = seconds(1, 5, || (0..200).try_for_each(|_| model.predict_on_batch(&one).map(drop)))?;
    Ok(time / 200.0 * 1e6)
}
