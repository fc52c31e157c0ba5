//! `vocabulary_file`: words or integers numbered by the lines of a file.

use std::path::{Path, PathBuf};

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_tensor::{Error, Result, StrArray, Tensor};

use super::Column;
use super::vocabulary::{of, with_default};

/// [`vocabulary_file`] with its settings; a [`Column`] comes of it with `into`, which reads the file.
///
/// ```no_run
/// use saola_estimator::column;
///
/// let city = column::VocabularyFile::new("city", "cities.txt").size(1000).oov_buckets(20);
/// let city = column::embedding(city, 8);
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct VocabularyFile {
    key: String,
    path: PathBuf,
    size: Option<usize>,
    oov_buckets: usize,
    default: Option<usize>,
    integers: bool,
}

/// The place of the feature `key` among the lines of a file; what is none of them has no class. The reference's
/// `categorical_column_with_vocabulary_file`. A file that is missing, has no lines or has one twice is an error where
/// the column is used. [`VocabularyFile`] has the settings.
///
/// ```no_run
/// use saola_estimator::column;
///
/// let city = column::vocabulary_file("city", "cities.txt").indicator();
/// ```
pub fn vocabulary_file(key: impl Into<String>, path: impl Into<PathBuf>) -> Column {
    VocabularyFile::new(key, path).into()
}

impl VocabularyFile {
    /// The lines of the file at `path`, as [`vocabulary_file`].
    pub fn new(key: impl Into<String>, path: impl Into<PathBuf>) -> VocabularyFile {
        let (key, path) = (key.into(), path.into());
        VocabularyFile { key, path, size: None, oov_buckets: 0, default: None, integers: false }
    }

    /// How many lines count; those behind them do not, and fewer are an error. All lines do by default.
    pub fn size(mut self, size: usize) -> VocabularyFile {
        self.size = Some(size);
        self
    }

    /// Further classes for what is no line, chosen by its fingerprint.
    pub fn oov_buckets(mut self, buckets: usize) -> VocabularyFile {
        self.oov_buckets = buckets;
        self
    }

    /// The class for what is no line.
    pub fn default_value(mut self, default: usize) -> VocabularyFile {
        self.default = Some(default);
        self
    }

    /// The lines are integers, and so is the feature.
    pub fn integers(mut self) -> VocabularyFile {
        self.integers = true;
        self
    }

    fn vocabulary(&self) -> Result<Vocabulary> {
        if self.default.is_some() && self.oov_buckets > 0 {
            return Err(Error::value("there are a default and buckets for what is not in the vocabulary")
                .help("give one of them"));
        }
        let bytes = std::fs::read(&self.path).map_err(|e| Error::io("reading", &self.path, e))?;
        let lines = lines(&bytes, self.size)?;
        let values = if self.integers {
            integers(&lines)?
        } else {
            Tensor::from_strings(lines.iter().collect::<StrArray>(), [lines.len()])?
        };
        let name = self.path.file_name().map_or("vocabulary".into(), |n| n.to_string_lossy());
        let vocabulary = Vocabulary::new(values)?.oov_buckets(self.oov_buckets).file(&*name);
        match self.default {
            None => Ok(vocabulary),
            Some(default) => with_default(vocabulary, default),
        }
    }
}

impl From<VocabularyFile> for Column {
    fn from(file: VocabularyFile) -> Column {
        let shown = file.path.display().to_string();
        let vocabulary = file.vocabulary().map_err(|e| e.context(format!("vocabulary file `{shown}`")));
        of(file.key, vocabulary)
    }
}

/// The words of a vocabulary's file, its first `size` lines or all of them.
///
/// # Errors
/// A file that cannot be read, or has fewer lines.
pub(crate) fn words_of_file(path: &Path, size: Option<usize>) -> Result<Vec<Vec<u8>>> {
    let bytes = std::fs::read(path).map_err(|e| Error::io("reading", path, e))?;
    let context = |e: Error| e.context(format!("vocabulary file `{}`", path.display()));
    Ok(lines(&bytes, size).map_err(context)?.into_iter().map(<[u8]>::to_vec).collect())
}

/// The first `size` lines of a file, or all, without their ends.
fn lines(bytes: &[u8], size: Option<usize>) -> Result<Vec<&[u8]>> {
    let mut lines = Vec::new();
    for line in bytes.split_inclusive(|&b| b == b'\n').take(size.unwrap_or(usize::MAX)) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Err(Error::value(format!("line {} is empty", lines.len() + 1))
                .help("an empty string stands for no value, and is no part of a vocabulary"));
        }
        lines.push(line);
    }
    match size {
        Some(size) if lines.len() < size => {
            Err(Error::value(format!("it has {} lines, {size} are to count", lines.len()))
                .help("leave the size out to take all lines"))
        }
        _ => Ok(lines),
    }
}

/// Lines as integers.
fn integers(lines: &[&[u8]]) -> Result<Tensor> {
    let read = |(i, line): (usize, &&[u8])| {
        let number = std::str::from_utf8(line).ok().and_then(|t| t.trim().parse::<i64>().ok());
        number.ok_or_else(|| {
            Error::value(format!("line {} is {:?}, no integer", i + 1, String::from_utf8_lossy(line)))
                .help("leave out `.integers()` for words")
        })
    };
    Ok(Tensor::from(lines.iter().enumerate().map(read).collect::<Result<Vec<i64>>>()?))
}
