//! `weighted`: classes that count more or less.

use saola_tensor::{DType, Error, Result};

use super::{Classes, Column, Crossing, Transform, at_least_columns};
use crate::Features;

#[derive(Debug)]
struct Weighted {
    categorical: Column,
    weight_key: String,
}

/// The classes of `categorical`, each of which counts as much as the feature `weight_key` says, which has the shape of the
/// classes. The reference's `weighted_categorical_column`.
///
/// ```
/// use saola_estimator::column;
///
/// let words = column::weighted(column::hashed("words", 100), "frequencies");
/// assert_eq!(words.name(), "words_weighted_by_frequencies");
/// ```
pub fn weighted(categorical: impl Into<Column>, weight_key: impl Into<String>) -> Column {
    Column::new(Weighted { categorical: categorical.into(), weight_key: weight_key.into() })
}

impl Transform for Weighted {
    fn name(&self) -> String {
        format!("{}_weighted_by_{}", self.categorical.name(), self.weight_key)
    }
    fn keys(&self) -> Vec<String> {
        let mut keys = self.categorical.keys();
        keys.push(self.weight_key.clone());
        keys
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn crossing(&self) -> Crossing {
        Crossing::Refused("has weights, which a combination has not")
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let classes = self.categorical.transform().classes(features)?;
        let raw = features.get(&self.weight_key)?;
        if raw.dtype() == DType::Str {
            return Err(Error::dtype(format!("the weights `{}` are strings", self.weight_key))
                .help("give one number for each class"));
        }
        let weights = at_least_columns(raw, &self.weight_key)?.cast(DType::F32);
        if !weights.dim(-1).fits(classes.ids.dim(-1)) {
            return Err(Error::shape(format!(
                "the weights `{}` are {}, the classes of `{}` {}",
                self.weight_key,
                weights.spec(),
                self.categorical.name(),
                classes.ids.spec()
            ))
            .help("give one number for each class"));
        }
        Ok(Classes { weights: Some(weights), ..classes })
    }
}
