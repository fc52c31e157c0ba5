//! The residual network of 50 layers (He et al., 2015), as `keras.applications.ResNet50` has it, on two batches of
//! eight random images.

use saola_keras::{Compile, Fit, Input, KerasTensor, Model, Predict};
use saola_nn::activations::{Relu, Softmax};
use saola_nn::layers::{
    Add, BatchNormalization, Conv2D, Dense, GlobalAveragePooling2D, MaxPooling2D, ZeroPadding2D,
};
use saola_nn::losses::SparseCategoricalCrossentropy;
use saola_nn::optimizers::Sgd;
use saola_tensor::{Result, Rng, Tensor};

use crate::clock::seconds;

/// Images of one call.
const IMAGES: usize = 16;
/// Images of one step.
const BATCH: usize = 8;

fn normal(x: &KerasTensor) -> KerasTensor {
    x.apply(BatchNormalization::new().epsilon(1.001e-5))
}

/// Three convolutions beside a shortcut, which has one of its own in the first block of a stack.
fn block(x: &KerasTensor, filters: usize, stride: usize, first: bool) -> KerasTensor {
    let shortcut = match first {
        true => normal(&x.apply(Conv2D::new(4 * filters, 1).strides(stride))),
        false => x.clone(),
    };
    let y = normal(&x.apply(Conv2D::new(filters, 1).strides(stride))).apply(Relu);
    let y = normal(&y.apply(Conv2D::new(filters, 3).padding("same"))).apply(Relu);
    let y = normal(&y.apply(Conv2D::new(4 * filters, 1)));
    shortcut.with(&y).apply(Add::new()).apply(Relu)
}

fn network() -> Result<Model> {
    let input = Input::new([224, 224, 3]);
    let x = input.apply(ZeroPadding2D::new(3)).apply(Conv2D::new(64, 7).strides(2));
    let x = normal(&x).apply(Relu).apply(ZeroPadding2D::new(1));
    let mut x = x.apply(MaxPooling2D::new(3).strides(2));
    for (filters, blocks, stride) in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)] {
        x = block(&x, filters, stride, true);
        for _ in 1..blocks {
            x = block(&x, filters, 1, false);
        }
    }
    let x = x.apply(GlobalAveragePooling2D::new()).apply(Dense::new(1000).activation(Softmax));
    let mut model = Model::new([&input], [&x])?;
    model.compile(Compile::new(Sgd::default(), SparseCategoricalCrossentropy::new()))?;
    Ok(model)
}

fn images() -> Result<(Tensor, Tensor)> {
    let mut rng = Rng::new(1, 0);
    let x: Vec<f32> = (0..IMAGES * 224 * 224 * 3).map(|_| rng.unit() as f32).collect();
    let y: Vec<i64> = (0..IMAGES).map(|_| rng.below(1000) as i64).collect();
    Ok((Tensor::new(x, [IMAGES, 224, 224, 3])?, Tensor::from(y)))
}

/// Images per second of `fit`.
pub(super) fn fit() -> Result<f64> {
    let ((x, y), mut model) = (images()?, network()?);
    let time = seconds(1, 3, || model.fit((&x, &y), Fit::epochs(1).batch_size(BATCH).silent()).map(drop))?;
    Ok(IMAGES as f64 / time)
}

/// Images per second of `predict`.
pub(super) fn predict() -> Result<f64> {
    let ((x, _), model) = (images()?, network()?);
    let time = seconds(1, 3, || model.predict(&x, Predict::batch_size(BATCH)).map(drop))?;
    Ok(IMAGES as f64 / time)
}
