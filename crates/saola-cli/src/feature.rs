//! A column of the file that the model looks at.

use saola_data::ColumnType;
use saola_estimator::{Column, column};
use saola_graph::{Symbol, select};
use serde::{Deserialize, Serialize};

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
    Numeric { mean: f32, deviation: f32 },
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
                column::numeric_shaped(&self.name, 1, Some(standardize))
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

    /// How many numbers the model gets from it.
    pub(crate) fn width(&self) -> usize {
        match &self.kind {
            Kind::Numeric { .. } => 1,
            Kind::Words { embedding: Some(dimension), .. } => *dimension,
            Kind::Words { words, oov_buckets, .. } => words.len() + oov_buckets,
        }
    }

    /// Kind and detail, for the eye.
    pub(crate) fn describe(&self) -> (&'static str, String) {
        match &self.kind {
            Kind::Numeric { mean, deviation } if *deviation == 0.0 => {
                ("numbers", format!("always {}", number(f64::from(*mean))))
            }
            Kind::Numeric { mean, deviation } => {
                let (mean, deviation) = (number(f64::from(*mean)), number(f64::from(*deviation)));
                ("numbers", format!("mean {mean}, deviation {deviation}"))
            }
            Kind::Words { words, embedding: None, .. } => {
                ("words", format!("{}, one-hot", count(words.len(), "word")))
            }
            Kind::Words { words, embedding: Some(dimension), .. } => {
                ("words", format!("{}, embedded in {dimension} numbers", count(words.len(), "word")))
            }
        }
    }
}

/// `(x − mean) / deviation`, and 0 for what is missing, infinite or of a column without deviation.
fn standardized(x: &Symbol, mean: f32, deviation: f32) -> Symbol {
    let scale = if deviation > 0.0 { 1.0 / f64::from(deviation) } else { 0.0 };
    let z = (x - f64::from(mean)) * scale;
    select(&z.is_finite(), &z, 0.0)
}
