//! Pieces of clothing.

use saola_tensor::Result;

use super::cache::{Cache, ORIGIN, Remote};
use super::part::Part;
use crate::read_idx;

/// 60,000 pieces to train on and 10,000 to test with: `u8` pictures of 28 by 28 and `u8` labels. From the four files
/// `fashion-mnist/train-images-idx3-ubyte.gz` and so on.
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
    let cache = cache.into();
    let read = |name: &str| {
        // Keras has no checksums of these files.
        read_idx(cache.file(&Remote {
            name: &format!("fashion-mnist/{name}-ubyte.gz"),
            origin: &format!("{ORIGIN}{name}-ubyte.gz"),
            hash: "",
        })?)
    };
    Ok((
        Part::new(read("train-images-idx3")?, read("train-labels-idx1")?)?,
        Part::new(read("t10k-images-idx3")?, read("t10k-labels-idx1")?)?,
    ))
}
