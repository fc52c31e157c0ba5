//! The digits that the MNIST examples train on: the 10,000 of a folder, 8,000 to train and 2,000 to test.

use saola::data::Mnist;
use saola::prelude::*;

/// Images `[n, 784]` of numbers from 0 to 1 and labels `[n]`, to train and to test.
#[allow(dead_code, reason = "one of the examples holds back a part of the training data instead")]
pub struct Digits {
    pub x_train: Tensor,
    pub y_train: Tensor,
    pub x_test: Tensor,
    pub y_test: Tensor,
}

/// Reads the folder that the first argument names, `../shared/data/mnist` by default.
pub fn load() -> Result<Digits> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "../shared/data/mnist".into());
    let digits = Mnist::open(&folder)?.test;
    let n = digits.images.n_rows()?;
    let pixels: Vec<f32> = digits.images.as_slice::<u8>()?.iter().map(|&p| f32::from(p) / 255.0).collect();
    let x = Tensor::new(pixels, [n, 784])?;
    let y = digits.labels.cast(I64)?;
    let train = n * 4 / 5;
    Ok(Digits {
        x_train: x.rows(0..train)?,
        y_train: y.rows(0..train)?,
        x_test: x.rows(train..n)?,
        y_test: y.rows(train..n)?,
    })
}

/// Labels as rows of ten with a 1 at the class.
#[allow(dead_code, reason = "one of the examples takes class numbers instead")]
pub fn one_hot(labels: &Tensor) -> Result<Tensor> {
    let mut rows = vec![0f32; labels.len() * 10];
    for (row, &label) in rows.chunks_mut(10).zip(labels.as_slice::<i64>()?) {
        row[label as usize] = 1.0;
    }
    Tensor::new(rows, [labels.len(), 10])
}
