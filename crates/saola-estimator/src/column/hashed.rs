//! `hashed`: classes by fingerprint.

use saola_graph::select;
use saola_tensor::{DType, Error, Result};

use super::{Classes, Column, Crossing, Transform, present};
use crate::Features;

#[derive(Debug)]
struct Hashed {
    key: String,
    buckets: usize,
}

/// One of `buckets` classes for each value of the feature `key`, by the fingerprint of the string, or of an integer's
/// decimal digits. Values may share a class. The reference's `categorical_column_with_hash_bucket`.
///
/// ```
/// use saola_estimator::column;
///
/// let city = column::hashed("city", 1000).embedding(8);
/// assert_eq!(city.name(), "city_embedding");
/// ```
pub fn hashed(key: impl Into<String>, buckets: usize) -> Column {
    Column::new(Hashed { key: key.into(), buckets })
}

impl Transform for Hashed {
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
        Crossing::Refused("is hashed already; cross the feature itself, by its name")
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        if self.buckets == 0 {
            return Err(
                Error::value(format!("column `{}` has no buckets", self.key)).help("give at least one")
            );
        }
        let raw = features.get(&self.key)?;
        if raw.dtype() != DType::Str && !raw.dtype().is_integer() {
            return Err(Error::dtype(format!(
                "column `{}` hashes strings or integers, the feature is {}",
                self.key,
                raw.dtype()
            ))
            .help("use `column::bucketized` for numbers"));
        }
        let (raw, there) = present(raw, &self.key)?;
        let text = if raw.dtype() == DType::Str { raw } else { raw.as_string() };
        let ids = select(&there, text.string_hash_bucket(self.buckets), -1);
        Ok(Classes { ids, weights: None, count: self.buckets })
    }
}
