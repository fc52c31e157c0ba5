//! The names of a checkpoint's files.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use saola_tensor::{Error, Result};

/// What the names of an estimator's checkpoints begin with.
const STEM: &str = "model.ckpt-";

/// The prefix of the checkpoint of `step` in `dir`: `dir/model.ckpt-<step>`.
///
/// ```
/// let prefix = saola_io::checkpoint_prefix("runs/iris", 100);
/// assert_eq!(prefix, std::path::Path::new("runs/iris/model.ckpt-100"));
/// assert_eq!(saola_io::checkpoint_step(&prefix), Some(100));
/// ```
pub fn checkpoint_prefix(dir: impl AsRef<Path>, step: i64) -> PathBuf {
    dir.as_ref().join(format!("{STEM}{step}"))
}

/// The step in the name of the checkpoint `prefix`: the number after its last `-`.
pub fn checkpoint_step(prefix: impl AsRef<Path>) -> Option<i64> {
    let name = prefix.as_ref().file_name()?.to_str()?;
    let (_, digits) = name.rsplit_once('-')?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    digits.parse().ok()
}

/// The index file of the checkpoint `prefix`.
pub(crate) fn index_path(prefix: &Path) -> PathBuf {
    with_suffix(prefix, ".index")
}

/// The data file `shard` of `shards` of the checkpoint `prefix`.
pub(crate) fn data_path(prefix: &Path, shard: u32, shards: u32) -> PathBuf {
    with_suffix(prefix, &format!(".data-{shard:05}-of-{shards:05}"))
}

fn with_suffix(prefix: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(prefix.as_os_str());
    name.push(suffix);
    name.into()
}

/// Deletes the files of the checkpoint `prefix`: its index first, so that a stop in between leaves no index
/// that lacks its data, then every data file, the graph that TensorFlow writes beside them (`.meta`), and what
/// a killed writer of this checkpoint left behind.
/// Files that are already gone are no error. Returns how many were deleted.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Io`] where a file cannot be deleted or the directory cannot be listed.
pub fn remove_checkpoint(prefix: impl AsRef<Path>) -> Result<usize> {
    let prefix = prefix.as_ref();
    let mut removed = remove(&index_path(prefix))?;
    let name = prefix.file_name().and_then(|n| n.to_str()).ok_or_else(|| {
        Error::value(format!("`{}` is no checkpoint prefix: it has no file name", prefix.display()))
    })?;
    let dir = match prefix.parent() {
        Some(dir) if dir != Path::new("") => dir,
        _ => Path::new("."),
    };
    let listing = match std::fs::read_dir(dir) {
        Ok(listing) => listing,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(removed),
        Err(e) => return Err(Error::io("listing", dir, e)),
    };
    for entry in listing {
        let entry = entry.map_err(|e| Error::io("listing", dir, e))?;
        let file = entry.file_name();
        let suffix = file.to_str().and_then(|f| f.strip_prefix(name));
        if suffix.is_some_and(|s| s == ".meta" || is_data_suffix(s) || is_leftover(s)) {
            removed += remove(&entry.path())?;
        }
    }
    Ok(removed)
}

/// Whether `suffix` is `.data-` five digits or more `-of-` five digits or more.
fn is_data_suffix(suffix: &str) -> bool {
    let number = |s: &str| s.len() >= 5 && s.bytes().all(|b| b.is_ascii_digit());
    let parts = suffix.strip_prefix(".data-").and_then(|s| s.split_once("-of-"));
    parts.is_some_and(|(shard, shards)| number(shard) && number(shards))
}

/// Whether `suffix` is that of a temporary file of [`crate::AtomicFile`] for an index or a data file.
fn is_leftover(suffix: &str) -> bool {
    let stem = suffix.strip_suffix(".tmp").and_then(|s| s.rsplit_once('.'));
    stem.is_some_and(|(file, _)| file == ".index" || is_data_suffix(file))
}

fn remove(path: &Path) -> Result<usize> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(1),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(e) => Err(Error::io("deleting", path, e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_from_names() {
        assert_eq!(checkpoint_step("a/model.ckpt-0"), Some(0));
        assert_eq!(checkpoint_step("model.ckpt-12.index"), None);
        assert_eq!(checkpoint_step("keras/ckpt-7"), Some(7));
        assert_eq!(checkpoint_step("model.ckpt"), None);
        assert_eq!(checkpoint_step("model.ckpt-+7"), None);
        assert_eq!(checkpoint_step("model.ckpt-99999999999999999999"), None);
    }

    #[test]
    fn removal_takes_all_files_of_one_checkpoint_only() {
        let dir = tempfile::tempdir().unwrap();
        let names = [
            "model.ckpt-1.index",
            "model.ckpt-1.data-00000-of-00002",
            "model.ckpt-1.data-00001-of-00002",
            "model.ckpt-1.meta",
            "model.ckpt-1.index.77-3.tmp",
            "model.ckpt-1.data-00000-of-00001.77-2.tmp",
            "model.ckpt-10.index",
            "model.ckpt-10.data-00000-of-00001",
            "model.ckpt-1.notes.tmp",
        ];
        names.iter().for_each(|n| std::fs::write(dir.path().join(n), "").unwrap());
        assert_eq!(remove_checkpoint(checkpoint_prefix(dir.path(), 1)).unwrap(), 6);
        let left = names[6..].iter().all(|n| dir.path().join(n).exists());
        assert!(left);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
        assert_eq!(remove_checkpoint(checkpoint_prefix(dir.path(), 1)).unwrap(), 0);
        assert_eq!(remove_checkpoint(dir.path().join("none/model.ckpt-1")).unwrap(), 0);
    }
}
