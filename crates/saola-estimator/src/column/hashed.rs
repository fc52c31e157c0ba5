//! `hashed`: strings or integers by a hash.

use saola_graph::{DType, select};
use saola_tensor::{Error, Result};

use super::failed::failed;
use super::raw::{Raw, Takes};
use super::{Classes, Column, CrossKey, RawFeature, Transform};
use crate::Features;

#[derive(Debug)]
struct Hashed {
    key: String,
    n: usize,
    takes: Takes,
}

/// One of `n` classes for each string of the feature `key`: its 64-bit fingerprint modulo `n`. Integers are hashed as
/// their decimal digits. The reference's `categorical_column_with_hash_bucket`.
///
/// ```
/// use saola_estimator::column;
///
/// let occupation = column::hashed("occupation", 1000);
/// assert_eq!(occupation.name(), "occupation");
/// ```
pub fn hashed(key: impl Into<String>, n: usize) -> Column {
    make(key.into(), n, Takes::Both)
}

/// As [`hashed`], of integers alone: the reference's column with an integer dtype.
pub fn hashed_integers(key: impl Into<String>, n: usize) -> Column {
    make(key.into(), n, Takes::Integers)
}

fn make(key: String, n: usize, takes: Takes) -> Column {
    if n == 0 {
        return failed(key, Error::value("there are no classes").help("give at least one"));
    }
    Column::new(Hashed { key, n, takes })
}

impl Transform for Hashed {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        let dtype = if self.takes == Takes::Integers { DType::I64 } else { DType::Str };
        Ok(vec![RawFeature::any(&self.key, dtype)])
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn n_classes(&self) -> Result<usize> {
        Ok(self.n)
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let Raw { values, there } = Raw::new(features, &self.key, self.takes)?;
        let words = if values.dtype() == DType::Str { values } else { values.as_string() };
        let ids = select(&there, words.string_hash_bucket(self.n), -1);
        Ok(Classes { ids, there, weights: None, n: self.n })
    }
    fn leaves(&self) -> Result<Option<Vec<CrossKey>>> {
        Err(Error::value(format!("column `{}` is hashed and cannot be crossed", self.key)).help(format!(
            "cross the feature by its name, {:?}: hashing twice would only add collisions",
            self.key
        )))
    }
}
