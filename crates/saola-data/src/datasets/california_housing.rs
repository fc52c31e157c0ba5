//! Prices of houses in California.

use std::path::Path;

use saola_tensor::Result;

use super::cache::{Part, arrays, divided, home};

const ORIGIN: &str = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/california_housing.npz";

/// 16,512 districts to train on and 4,128 to test with, divided as Keras does: 8 `f32` features, and the median price in
/// dollars. From `california_housing.npz`.
///
/// # Errors
/// As [`super::mnist::load`].
pub fn load() -> Result<(Part, Part)> {
    load_from(home())
}

/// As [`load`], with another folder than `~/.keras`.
///
/// # Errors
/// As [`load`].
pub fn load_from(home: impl AsRef<Path>) -> Result<(Part, Part)> {
    let home = home.as_ref();
    let [x, y] = arrays(home, "california_housing.npz", ORIGIN, ["x", "y"])?;
    divided(&x, &y)
}
