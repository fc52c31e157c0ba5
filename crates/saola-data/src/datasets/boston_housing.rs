//! Prices of houses in Boston.

use saola_tensor::Result;

use super::cache::{Cache, Remote, arrays};
use super::part::{Part, Split};

const FILE: Remote<'_> = Remote {
    name: "boston_housing.npz",
    origin: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/boston_housing.npz",
    hash: "f553886a1f8d56431e820c5b82552d9d95cfcb96d1e678153f8839538947dff5",
};

/// 404 towns to train on and 102 to test with, divided as Keras does: 13 `f64` features, and the median price in thousands
/// of dollars. From `boston_housing.npz`.
///
/// # Errors
/// As [`super::mnist::load`].
pub fn load() -> Result<(Part, Part)> {
    load_with(Cache::new(), Split::new())
}

/// As [`load`], from another place than `~/.keras`, shuffled and divided otherwise.
///
/// # Errors
/// As [`load`]; [`saola_tensor::ErrorKind::Value`] for a `test_split` that is not from 0 to below 1.
pub fn load_with(cache: impl Into<Cache>, split: Split) -> Result<(Part, Part)> {
    let [x, y] = arrays(&cache.into(), &FILE, ["x", "y"])?;
    split.divide(&x, &y)
}
