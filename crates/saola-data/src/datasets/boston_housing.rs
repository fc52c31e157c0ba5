//! Prices of houses in Boston.

use std::path::Path;

use saola_tensor::Result;

use super::cache::{Part, arrays, divided, home};

const ORIGIN: &str = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/boston_housing.npz";

/// 404 towns to train on and 102 to test with, divided as Keras does: 13 `f64` features, and the median price in thousands
/// of dollars. From `boston_housing.npz`.
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
    let [x, y] = arrays(home, "boston_housing.npz", ORIGIN, ["x", "y"])?;
    divided(&x, &y)
}
