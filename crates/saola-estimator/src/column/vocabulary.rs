//! `vocabulary`: words or integers numbered by a list.

use saola_graph::Symbol;
use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_tensor::{DType, Error, Result, Tensor};

use super::{Column, Transform};
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

impl Transform for VocabularyColumn {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn keys(&self) -> Vec<String> {
        vec![self.key.clone()]
    }
    fn ids(&self, features: &Features) -> Result<(Symbol, usize)> {
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
        Ok((raw.lookup(&vocabulary), vocabulary.len()))
    }
}
