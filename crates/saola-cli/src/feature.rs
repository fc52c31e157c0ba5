//! A column of the file that the model looks at.

use saola_data::ColumnType;
use saola_estimator::{Column, column};
use saola_graph::ops::trees::MOST_BINS;
use saola_graph::{Symbol, select};
use saola_tensor::DType;
use serde::{Deserialize, Serialize};

use crate::estimator;
use crate::numbers::{count, number};

/// A column, and what was found out about it in the training part of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Feature {
    pub(crate) name: String,
    #[serde(flatten)]
    pub(crate) kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Numbers, which are standardized.
    Numeric { mean: f64, deviation: f64 },
    /// Words of a list, each with a place of its own, or a learned vector of `embedding` numbers.
    Words { words: Vec<String>, oov_buckets: usize, embedding: Option<usize> },
}

impl Feature {
    /// What its values are read as.
    pub(crate) fn column_type(&self) -> ColumnType {
        match self.kind {
            Kind::Numeric { .. } => ColumnType::Float,
            Kind::Words { .. } => ColumnType::Text,
        }
    }

    /// The feature column.
    pub(crate) fn column(&self) -> Column {
        match &self.kind {
            &Kind::Numeric { mean, deviation } => {
                let standardize = move |x: &Symbol| standardized(x, mean, deviation);
                // In an example that has no such feature it is missing, as in an empty cell.
                column::Numeric::new(&self.name).normalizer(standardize).default_value([f64::NAN]).into()
            }
            Kind::Words { words, oov_buckets, embedding } => {
                let words = column::vocabulary_with_oov(&self.name, words.clone(), *oov_buckets);
                match embedding {
                    Some(dimension) => words.embedding(*dimension),
                    None => words.indicator(),
                }
            }
        }
    }

    /// The feature column of a linear model, which has a weight for each word.
    pub(crate) fn linear_column(&self) -> Column {
        match &self.kind {
            Kind::Numeric { .. } => self.column(),
            Kind::Words { words, oov_buckets, .. } => {
                column::vocabulary_with_oov(&self.name, words.clone(), *oov_buckets)
            }
        }
    }

    /// The feature column of trees, which learn what to compare numbers with, and compare words with one of them.
    pub(crate) fn tree_column(&self) -> Column {
        match &self.kind {
            // Numbers that differ by less than a ten-thousandth of their size would be too few in f32.
            &Kind::Numeric { mean, deviation } if mean.abs() > 1e4 * deviation => {
                let near = move |x: &Symbol| x.cast(DType::F64) - mean;
                column::Numeric::new(&self.name).normalizer(near).default_value([f64::NAN]).into()
            }
            Kind::Numeric { .. } => column::Numeric::new(&self.name).default_value([f64::NAN]).into(),
            Kind::Words { words, oov_buckets, .. } => {
                // The commonest come first; the others share places.
                let own = words.len().min(MOST_BINS - oov_buckets.min(&(MOST_BINS - 1)));
                column::vocabulary_with_oov(&self.name, words[..own].to_vec(), *oov_buckets)
            }
        }
    }

    /// How many numbers the model gets from it.
    pub(crate) fn width(&self) -> usize {
        match &self.kind {
            Kind::Numeric { .. } => 1,
            Kind::Words { embedding: Some(dimension), .. } => *dimension,
            Kind::Words { words, oov_buckets, .. } => words.len() + oov_buckets,
        }
    }

    /// Kind and detail, for the eye.
    pub(crate) fn describe(&self, model: estimator::Kind) -> (&'static str, String) {
        match &self.kind {
            Kind::Numeric { mean, deviation } if *deviation == 0.0 => {
                ("numbers", format!("always {}", number(*mean)))
            }
            Kind::Numeric { mean, deviation } => {
                let (mean, deviation) = (number(*mean), number(*deviation));
                ("numbers", format!("mean {mean}, deviation {deviation}"))
            }
            Kind::Words { words, .. } if !model.is_deep() => ("words", count(words.len(), "word")),
            Kind::Words { words, embedding: None, .. } => {
                ("words", format!("{}, one-hot", count(words.len(), "word")))
            }
            Kind::Words { words, embedding: Some(dimension), .. } => {
                ("words", format!("{}, embedded in {dimension} numbers", count(words.len(), "word")))
            }
        }
    }
}

/// `(x − mean) / deviation` in f32, and 0 for what is missing, too large or of a column without deviation.
///
/// Computed in f64: the mean of large numbers that differ little, as times in seconds, would in f32 take their
/// differences with it.
fn standardized(x: &Symbol, mean: f64, deviation: f64) -> Symbol {
    let centered = x.cast(DType::F64) - mean;
    let z = if deviation > 0.0 { centered / deviation } else { centered * 0.0 };
    let z = z.cast(DType::F32);
    select(&z.is_finite(), &z, 0.0)
}
