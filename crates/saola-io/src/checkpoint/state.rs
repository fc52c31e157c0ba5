//! The file `checkpoint` of a directory: which checkpoints there are.

use std::path::{Path, PathBuf};

use saola_tensor::{Error, Result};

use super::reader::CheckpointReader;
use super::state_text::{parse, print};
use crate::write_atomic;

/// The name of the file.
const FILE: &str = "checkpoint";

/// What the text file `checkpoint` of a directory says, TensorFlow's `CheckpointState`.
///
/// Paths are as they stand in the file: relative ones are relative to the directory.
///
/// ```
/// use saola_io::CheckpointState;
///
/// # fn main() -> saola_tensor::Result<()> {
/// # let dir = tempfile::tempdir().map_err(|e| saola_tensor::Error::value(e.to_string()))?;
/// let state = CheckpointState::new(["model.ckpt-0", "model.ckpt-100"]);
/// assert_eq!(state.model_checkpoint_path, "model.ckpt-100");
/// state.write(dir.path())?;
/// assert_eq!(CheckpointState::read(dir.path())?, Some(state));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CheckpointState {
    /// The newest checkpoint.
    pub model_checkpoint_path: String,
    /// All that are kept, oldest first.
    pub all_model_checkpoint_paths: Vec<String>,
    /// When each of them was written, in seconds since 1970; empty where that was not recorded.
    pub all_model_checkpoint_timestamps: Vec<f64>,
    /// When the last checkpoint that is kept for good was written.
    pub last_preserved_timestamp: Option<f64>,
}

impl CheckpointState {
    /// The state of these checkpoints, oldest first; the last is the newest.
    pub fn new<S: Into<String>>(paths: impl IntoIterator<Item = S>) -> CheckpointState {
        let all: Vec<String> = paths.into_iter().map(Into::into).collect();
        CheckpointState {
            model_checkpoint_path: all.last().cloned().unwrap_or_default(),
            all_model_checkpoint_paths: all,
            ..CheckpointState::default()
        }
    }

    /// Reads the state of `dir`; `None` where there is no such file.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Format`] with the line where the file is not what it should be, [`saola_tensor::ErrorKind::Io`] where it
    /// cannot be read.
    pub fn read(dir: impl AsRef<Path>) -> Result<Option<CheckpointState>> {
        let path = dir.as_ref().join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::io("reading", &path, e)),
        };
        parse(&bytes).map(Some).map_err(|(line, what)| {
            Error::format(format!("`{}`, line {line}: {what}", path.display()))
                .help("it should have lines as `model_checkpoint_path: \"model.ckpt-100\"`")
        })
    }

    /// Replaces the state of `dir`, in one step.
    ///
    /// # Errors
    /// As [`crate::write_atomic`].
    pub fn write(&self, dir: impl AsRef<Path>) -> Result<()> {
        write_atomic(dir.as_ref().join(FILE), |file| file.write_all(print(self).as_bytes()))
    }

    /// Every checkpoint of the file as a path to open, newest first, each once.
    pub fn newest_first(&self, dir: impl AsRef<Path>) -> Vec<PathBuf> {
        let newest = std::iter::once(&self.model_checkpoint_path).filter(|p| !p.is_empty());
        let mut paths = Vec::new();
        for path in newest.chain(self.all_model_checkpoint_paths.iter().rev()) {
            // Joining an absolute path gives that path.
            let path = dir.as_ref().join(path);
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        paths
    }
}

/// The prefix of the newest checkpoint that the file `checkpoint` of `dir` lists, or `None` where it lists none.
///
/// A checkpoint is listed after it is whole on the disk, so one that is listed and is not whole was damaged or
/// removed later. That is an error and not silently another checkpoint: going on from an earlier one, or from
/// nothing, must be the user's decision.
///
/// # Errors
/// [`saola_tensor::ErrorKind::Format`] where the file `checkpoint` cannot be understood or the newest checkpoint fails a check of
/// [`CheckpointReader::open`], [`saola_tensor::ErrorKind::NotFound`] where its files are gone; the error names the newest one
/// that is whole. [`saola_tensor::ErrorKind::Io`] where the directory cannot be read.
pub fn latest_checkpoint(dir: impl AsRef<Path>) -> Result<Option<PathBuf>> {
    let dir = dir.as_ref();
    let Some(state) = CheckpointState::read(dir)? else { return Ok(None) };
    let candidates = state.newest_first(dir);
    let Some(newest) = candidates.first() else { return Ok(None) };
    let Err(fault) = CheckpointReader::open(newest) else { return Ok(Some(newest.clone())) };
    let name = |prefix: &Path| prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let whole = candidates[1..].iter().find(|p| CheckpointReader::open(p.as_path()).is_ok());
    let file = dir.join(FILE);
    let mut error =
        Error::new(fault.kind(), format!("the latest checkpoint `{}` is damaged or gone", newest.display()))
            .note("found", fault.message());
    for note in fault.notes() {
        error = error.with_note(note.clone());
    }
    error = match whole {
        Some(whole) => error.help(format!(
            "restore its files; or go on from the one before, `{0}`: make `model_checkpoint_path: \"{0}\"` the only line of `{1}`",
            name(whole),
            file.display()
        )),
        None => error.help(format!("restore its files, or remove `{}` to start afresh", file.display())),
    };
    Err(error)
}
