//! Pieces of clothing.

use std::path::Path;

use saola_tensor::Result;

use super::cache::{Part, cached, home, part};
use crate::read_idx;

const ORIGIN: &str = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/";

/// 60,000 pieces to train on and 10,000 to test with: `u8` pictures of 28 by 28 and `u8` labels. From the four files
/// `fashion-mnist/train-images-idx3-ubyte.gz` and so on.
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
    let read = |name: &str| {
        read_idx(cached(
            home,
            &format!("fashion-mnist/{name}-ubyte.gz"),
            &format!("{ORIGIN}{name}-ubyte.gz"),
        )?)
    };
    Ok((
        part(read("train-images-idx3")?, read("train-labels-idx1")?)?,
        part(read("t10k-images-idx3")?, read("t10k-labels-idx1")?)?,
    ))
}
