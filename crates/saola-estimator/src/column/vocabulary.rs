//! `vocabulary`: words or integers numbered by a list.

use std::path::Path;

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::select;
use saola_tensor::{DType, Error, Result, Tensor};

use super::{Classes, Column, Crossing, Transform, present};
use crate::Features;

#[derive(Debug)]
struct VocabularyColumn {
    key: String,
    vocabulary: Result<Vocabulary>,
}

/// The place of the feature `key` in a list of strings or integers; what is not in the list has no class. The
/// reference's `categorical_column_with_vocabulary_list`. A list that is empty or names a value twice is an error
/// where the column is used.
///
/// ```
/// use saola_estimator::column;
///
/// let color = column::vocabulary("color", ["red", "green", "blue"]);
/// assert_eq!(color.indicator().name(), "color_indicator");
/// ```
pub fn vocabulary(key: impl Into<String>, values: impl Into<Tensor>) -> Column {
    vocabulary_with_oov(key, values, 0)
}

/// As [`vocabulary`], with `buckets` further classes for what is not in the list, chosen by its fingerprint.
pub fn vocabulary_with_oov(key: impl Into<String>, values: impl Into<Tensor>, buckets: usize) -> Column {
    let vocabulary = Vocabulary::new(values).map(|v| v.oov_buckets(buckets));
    Column::new(VocabularyColumn { key: key.into(), vocabulary })
}

/// As [`vocabulary`], with the class `default` for what is not in the list.
pub fn vocabulary_with_default(key: impl Into<String>, values: impl Into<Tensor>, default: usize) -> Column {
    let vocabulary = Vocabulary::new(values).and_then(|v| match default < v.len() {
        true => Ok(v.default_id(default as i64)),
        false => Err(Error::value(format!("the default is class {default} of {}", v.len()))
            .help("give the number of a value in the list, counted from 0")),
    });
    Column::new(VocabularyColumn { key: key.into(), vocabulary })
}

/// As [`vocabulary`], of the lines of a text file. The reference's `categorical_column_with_vocabulary_file`. A file that
/// cannot be read, is empty or has a line twice is an error where the column is used.
pub fn vocabulary_file(key: impl Into<String>, path: impl AsRef<Path>) -> Column {
    vocabulary_file_with_oov(key, path, None, 0)
}

/// As [`vocabulary_file`], of its first `size` lines, with `buckets` further classes for what is not in them. A file with
/// fewer lines is an error where the column is used.
pub fn vocabulary_file_with_oov(
    key: impl Into<String>,
    path: impl AsRef<Path>,
    size: Option<usize>,
    buckets: usize,
) -> Column {
    let vocabulary = read(path.as_ref(), size).map(|v| v.oov_buckets(buckets));
    Column::new(VocabularyColumn { key: key.into(), vocabulary })
}

fn read(path: &Path, size: Option<usize>) -> Result<Vocabulary> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("reading", path, e))?;
    let lines: Vec<&str> = text.lines().take(size.unwrap_or(usize::MAX)).collect();
    if let Some(size) = size.filter(|&size| size > lines.len()) {
        return Err(Error::value(format!(
            "the vocabulary `{}` has {} lines, not {size}",
            path.display(),
            lines.len()
        ))
        .help("give the file's own size, or the whole file"));
    }
    Vocabulary::new(Tensor::from(lines))
        .map_err(|e| e.context(format!("the vocabulary `{}`", path.display())))
}

impl Transform for VocabularyColumn {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn keys(&self) -> Vec<String> {
        vec![self.key.clone()]
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn crossing(&self) -> Crossing {
        Crossing::Itself
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let vocabulary = self.vocabulary.clone().map_err(|e| e.context(format!("column `{}`", self.key)))?;
        let raw = features.get(&self.key)?;
        let words = vocabulary.dtype() == DType::Str;
        if words != (raw.dtype() == DType::Str) || raw.dtype().is_float() {
            let kind = if words { "words" } else { "integers" };
            return Err(Error::dtype(format!(
                "column `{}` is a list of {kind}, the feature is {}",
                self.key,
                raw.dtype()
            ))
            .note_at(
                "feature",
                format!("{} {}", raw.spec(), raw.label()),
                "created at",
                raw.node().location(),
            )
            .help("give the list in the feature's type, or read the feature as the list's"));
        }
        let (raw, there) = present(raw, &self.key)?;
        let ids = select(&there, raw.lookup(&vocabulary), -1);
        Ok(Classes { ids, weights: None, count: vocabulary.len() })
    }
}
