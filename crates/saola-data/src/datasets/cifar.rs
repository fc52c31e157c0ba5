//! What the two sets of CIFAR pictures have in common.

use saola_io::{Pickled, parse_pickle};
use saola_tensor::{DType, Error, Result, Tensor};

use super::cache::{Cache, Remote};
use super::part::Part;
use super::tar;
use crate::read_file::read_file;

/// The extents of a picture in the files.
const CHANNELS: usize = 3;
const SIDE: usize = 32;

/// Where the files of a set are.
pub(super) struct Set<'a> {
    /// The folder to which Keras unpacks the archive, beside which it stands as `.._archive`.
    pub(super) folder: &'a str,
    /// The folder inside the archive.
    pub(super) inner: &'a str,
    pub(super) origin: &'a str,
    pub(super) hash: &'a str,
    /// What Keras makes of the labels.
    pub(super) dtype: DType,
}

/// The parts whose pictures are in the files `train` and in the file `test`, with labels under the key `labels`.
pub(super) fn load(
    cache: &Cache,
    set: &Set<'_>,
    train: &[&str],
    test: &str,
    labels: &str,
) -> Result<(Part, Part)> {
    let files: Vec<&str> = train.iter().copied().chain([test]).collect();
    let mut batches = Vec::new();
    for (bytes, file) in contents(cache, set, &files)?.into_iter().zip(&files) {
        let batch = parse_pickle(&bytes, file).and_then(|value| batch(value, labels));
        batches.push(batch.map_err(|e| e.context(format!("`{file}` of `{}`", set.inner)))?);
    }
    let (test_x, test_y) = batches.pop().ok_or_else(|| Error::internal("a file to test with"))?;
    let (x, y): (Vec<_>, Vec<_>) = batches.into_iter().unzip();
    Ok((pictures(&x.concat(), &y, set.dtype)?, pictures(&test_x, &[test_y], set.dtype)?))
}

/// The files of a set: those that Keras unpacked, or the archive's.
fn contents(cache: &Cache, set: &Set<'_>, files: &[&str]) -> Result<Vec<Vec<u8>>> {
    let folder = cache.path(set.folder).join(set.inner);
    if files.iter().all(|file| folder.join(file).is_file()) {
        return files.iter().map(|file| read_file(&folder.join(file))).collect();
    }
    let archive = format!("{}_archive", set.folder);
    let path = cache.file(&Remote { name: &archive, origin: set.origin, hash: set.hash })?;
    let members: Vec<String> = files.iter().map(|file| format!("{}/{file}", set.inner)).collect();
    tar::members(&path, &members)
}

/// The bytes of the pictures in a file, plane by plane, and their labels.
fn batch(mut value: Pickled, key: &str) -> Result<(Vec<u8>, Tensor)> {
    let data = value.take("data")?.into_tensor()?;
    let labels = value.take(key)?.into_tensor()?;
    let expected = [labels.len(), CHANNELS * SIDE * SIDE];
    if data.dtype() != DType::U8 || data.shape()[..] != expected {
        return Err(Error::format("the pictures are not what the labels say")
            .note("expected", format!("u8 of {expected:?}"))
            .note("found", format!("{data:?}")));
    }
    Ok((data.as_slice::<u8>()?.to_vec(), labels))
}

/// Planes of colors as pixels with colors: `[n, 32, 32, 3]`, and labels `[n, 1]`.
fn pictures(planes: &[u8], labels: &[Tensor], dtype: DType) -> Result<Part> {
    let plane = SIDE * SIDE;
    let mut out = Vec::with_capacity(planes.len());
    for picture in planes.chunks_exact(CHANNELS * plane) {
        for pixel in 0..plane {
            out.extend((0..CHANNELS).map(|c| picture[c * plane + pixel]));
        }
    }
    let n = planes.len() / (CHANNELS * plane);
    let numbers = labels.iter().map(|l| l.to_vec::<i64>()).collect::<Result<Vec<_>>>()?.concat();
    let labels = Tensor::from(numbers).cast(dtype)?.reshape(vec![n, 1])?;
    Part::new(Tensor::new(out, vec![n, SIDE, SIDE, CHANNELS])?, labels)
}
