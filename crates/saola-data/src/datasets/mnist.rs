//! Handwritten digits.

use saola_tensor::Result;

use super::cache::{Cache, Remote, arrays};
use super::part::Part;

const FILE: Remote<'_> = Remote {
    name: "mnist.npz",
    origin: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    hash: "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
};

/// 60,000 digits to train on and 10,000 to test with: `u8` pictures of 28 by 28 and `u8` labels. From `mnist.npz`.
///
/// # Errors
/// [`saola_tensor::ErrorKind::NotFound`] where the file is not there, [`saola_tensor::ErrorKind::Format`] where it is
/// damaged or another.
pub fn load() -> Result<(Part, Part)> {
    load_from(Cache::new())
}

/// As [`load`], from another place than `~/.keras`.
///
/// # Errors
/// As [`load`].
pub fn load_from(cache: impl Into<Cache>) -> Result<(Part, Part)> {
    let names = ["x_train", "y_train", "x_test", "y_test"];
    let [x_train, y_train, x_test, y_test] = arrays(&cache.into(), &FILE, names)?;
    Ok((Part::new(x_train, y_train)?, Part::new(x_test, y_test)?))
}
