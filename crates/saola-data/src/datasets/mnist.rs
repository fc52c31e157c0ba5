//! Handwritten digits.

use std::path::Path;

use saola_tensor::Result;

use super::cache::{Part, arrays, home, part};

const ORIGIN: &str = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz";

/// 60,000 digits to train on and 10,000 to test with: `u8` pictures of 28 by 28 and `u8` labels. From `mnist.npz`.
///
/// # Errors
/// [`saola_tensor::ErrorKind::NotFound`] where the file is not there, [`saola_tensor::ErrorKind::Format`] where it is
/// damaged or another.
pub fn load() -> Result<(Part, Part)> {
    load_from(home())
}

/// As [`load`], with another folder than `~/.keras`.
///
/// # Errors
/// As [`load`].
pub fn load_from(home: impl AsRef<Path>) -> Result<(Part, Part)> {
    let home = home.as_ref();
    let names = ["x_train", "y_train", "x_test", "y_test"];
    let [x_train, y_train, x_test, y_test] = arrays(home, "mnist.npz", ORIGIN, names)?;
    Ok((part(x_train, y_train)?, part(x_test, y_test)?))
}
