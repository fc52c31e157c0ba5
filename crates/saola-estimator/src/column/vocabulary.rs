//! `vocabulary`: words or integers numbered by a list.

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::select;
use saola_tensor::{DType, Error, Result, Tensor};

use super::failed::failed;
use super::raw::{Raw, Takes};
use super::{Classes, Column, RawFeature, Transform};
use crate::Features;

#[derive(Debug)]
struct VocabularyColumn {
    key: String,
    vocabulary: Vocabulary,
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
    of(key.into(), Vocabulary::new(values).map(|v| v.oov_buckets(buckets)))
}

/// As [`vocabulary`], with the class `default`, one of the list's, for what is not in the list.
pub fn vocabulary_or(key: impl Into<String>, values: impl Into<Tensor>, default: usize) -> Column {
    of(key.into(), Vocabulary::new(values).and_then(|v| with_default(v, default)))
}

/// A vocabulary in which what is not in the list has the class `default`.
pub(super) fn with_default(vocabulary: Vocabulary, default: usize) -> Result<Vocabulary> {
    if default >= vocabulary.len() {
        let n = vocabulary.len();
        return Err(Error::value(format!("the default {default} is none of {n} classes"))
            .help(format!("give one of 0..{n}")));
    }
    Ok(vocabulary.default_id(default as i64))
}

/// The column of a vocabulary, or of what is wrong with it.
pub(super) fn of(key: String, vocabulary: Result<Vocabulary>) -> Column {
    match vocabulary {
        Ok(vocabulary) => Column::new(VocabularyColumn { key, vocabulary }),
        Err(error) => failed(key, error),
    }
}

impl Transform for VocabularyColumn {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        Ok(vec![RawFeature::any(&self.key, self.vocabulary.dtype())])
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn n_classes(&self) -> Result<usize> {
        Ok(self.vocabulary.len())
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let words = self.vocabulary.dtype() == DType::Str;
        let takes = if words { Takes::Strings } else { Takes::Integers };
        let Raw { values, there } = Raw::new(features, &self.key, takes)?;
        let ids = select(&there, values.lookup(&self.vocabulary), -1);
        Ok(Classes { ids, there, weights: None, n: self.vocabulary.len() })
    }
}
