//! Where the files are, and how they are divided.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use saola_io::read_npz;
use saola_tensor::{DType, Error, Result, Tensor};

use super::mt19937::Mt19937;

/// One part of a data set.
#[derive(Clone, Debug)]
pub struct Part {
    /// The features.
    pub x: Tensor,
    /// The labels, one for each row of the features.
    pub y: Tensor,
}

/// The folder in which Keras keeps its files.
pub(super) fn home() -> PathBuf {
    match std::env::var_os("KERAS_HOME") {
        Some(home) => PathBuf::from(home),
        None => std::env::home_dir().unwrap_or_default().join(".keras"),
    }
}

/// The path of a file of Keras's, which must be there.
pub(super) fn cached(home: &Path, file: &str, origin: &str) -> Result<PathBuf> {
    let path = home.join("datasets").join(file);
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::not_found(format!("there is no `{}`", path.display()))
        .note("to be had from", origin)
        .help("put the file there, or name the folder above `datasets` in `KERAS_HOME`"))
}

/// Arrays of an archive.
pub(super) fn arrays<const N: usize>(
    home: &Path,
    file: &str,
    origin: &str,
    names: [&str; N],
) -> Result<[Tensor; N]> {
    let path = cached(home, file, origin)?;
    let mut all: IndexMap<String, Tensor> = read_npz(&path)?;
    let missing = names.iter().find(|n| !all.contains_key(**n));
    if let Some(name) = missing {
        return Err(Error::format(format!("`{}` has no array `{name}`", path.display()))
            .note("found", all.keys().cloned().collect::<Vec<_>>().join(", "))
            .help("it is not the file that its name says: get it again"));
    }
    let empty = Tensor::zeros(DType::F32, vec![0])?;
    Ok(names.map(|name| all.swap_remove(name).unwrap_or_else(|| empty.clone())))
}

/// A part, whose features and labels must be equally many.
pub(super) fn part(x: Tensor, y: Tensor) -> Result<Part> {
    if x.n_rows()? != y.n_rows()? {
        return Err(Error::format(format!("features of {} and labels of {}", x.shape(), y.shape())));
    }
    Ok(Part { x, y })
}

/// The rows in the order that Keras gives them, the last fifth to test with.
pub(super) fn divided(x: &Tensor, y: &Tensor) -> Result<(Part, Part)> {
    let all = part(x.clone(), y.clone())?;
    let rows = all.x.n_rows()?;
    let order = Mt19937::new(113).order(rows);
    let train = (rows as f64 * (1.0 - 0.2)) as usize;
    let pick = |rows: &[usize]| part(all.x.take_rows(rows)?, all.y.take_rows(rows)?);
    Ok((pick(&order[..train])?, pick(&order[train..])?))
}
