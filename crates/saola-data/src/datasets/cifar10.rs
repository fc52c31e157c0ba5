//! Small pictures of ten kinds of things.

use saola_tensor::{DType, Result};

use super::cache::Cache;
use super::cifar::{Set, load as load_set};
use super::part::Part;

const SET: Set<'_> = Set {
    folder: "cifar-10-batches-py-target",
    inner: "cifar-10-batches-py",
    origin: "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    hash: "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
    dtype: DType::U8,
};

/// What the labels mean.
pub const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// 50,000 pictures to train on and 10,000 to test with: `u8` of 32 by 32 with 3 colors, and `u8` labels of `[n, 1]`. From
/// what Keras unpacks to `cifar-10-batches-py-target`, or from its archive `cifar-10-batches-py-target_archive`.
///
/// # Errors
/// As [`super::mnist::load`].
pub fn load() -> Result<(Part, Part)> {
    load_from(Cache::new())
}

/// As [`load`], from another place than `~/.keras`.
///
/// # Errors
/// As [`load`].
pub fn load_from(cache: impl Into<Cache>) -> Result<(Part, Part)> {
    let train = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"];
    load_set(&cache.into(), &SET, &train, "test_batch", "labels")
}
