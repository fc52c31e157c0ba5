//! Texts in folders.

use std::path::Path;

use saola_tensor::{Result, StrArray, Tensor};

use super::{Folder, Kind};
use crate::read_file::read_file;

/// How texts are read.
#[derive(Clone, Debug)]
pub struct Texts {
    longest: Option<usize>,
}

/// Texts in folders, one for each class, in files whose names end with `.txt`. A batch is strings of shape `[n]` and
/// their labels. Keras's `text_dataset_from_directory`.
pub type TextFolder = Folder<Texts>;

impl Folder<Texts> {
    /// The texts under `path`.
    ///
    /// # Errors
    /// As [`crate::ImageFolder::open`].
    pub fn open(path: impl AsRef<Path>) -> Result<TextFolder> {
        Folder::index(path.as_ref(), Texts { longest: None })
    }

    /// Cuts texts off after so many bytes.
    #[must_use]
    pub fn max_length(mut self, bytes: usize) -> Self {
        self.kind.longest = Some(bytes);
        self
    }
}

impl Kind for Texts {
    const EXTENSIONS: &'static [&'static str] = &["txt"];

    fn read(&self, path: &Path) -> Result<Tensor> {
        let mut bytes = read_file(path)?;
        bytes.truncate(self.longest.unwrap_or(usize::MAX));
        let mut one = StrArray::new();
        one.push(&bytes);
        Tensor::from_strings(one, vec![])
    }
}
