//! Prices of houses in California.

use saola_tensor::Result;

use super::cache::{Cache, Remote, arrays};
use super::part::{Part, Split};

const FILE: Remote<'_> = Remote {
    name: "california_housing.npz",
    origin: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/california_housing.npz",
    hash: "1a2e3a52e0398de6463aebe6f4a8da34fb21fbb6b934cf88c3425e766f2a1a6f",
};

/// How much of the data is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Version {
    /// All of it.
    #[default]
    Large,
    /// The first 600 districts, before they are shuffled.
    Small,
}

/// 16,512 districts to train on and 4,128 to test with, divided as Keras does: 8 `f32` features, and the median price in
/// dollars. From `california_housing.npz`.
///
/// # Errors
/// As [`super::mnist::load`].
pub fn load() -> Result<(Part, Part)> {
    load_with(Cache::new(), Split::new(), Version::Large)
}

/// As [`load`], from another place than `~/.keras`, shuffled and divided otherwise, all of it or a part.
///
/// # Errors
/// As [`load`]; [`saola_tensor::ErrorKind::Value`] for a `test_split` that is not from 0 to below 1.
pub fn load_with(cache: impl Into<Cache>, split: Split, version: Version) -> Result<(Part, Part)> {
    let [x, y] = arrays(&cache.into(), &FILE, ["x", "y"])?;
    let n = match version {
        Version::Large => x.n_rows()?,
        Version::Small => x.n_rows()?.min(600),
    };
    split.divide(&x.rows(0..n)?, &y.rows(0..n.min(y.n_rows()?))?)
}
