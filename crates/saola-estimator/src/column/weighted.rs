//! `weighted`: classes that count more or less.

use saola_graph::DType;
use saola_tensor::{Error, Result};

use super::raw::{rows, wrong};
use super::{Classes, Column, CrossKey, RawFeature, Transform};
use crate::Features;

#[derive(Debug)]
struct Weighted {
    categorical: Column,
    key: String,
}

/// The classes of `categorical`, each of which counts as much as the number in the same place of the feature
/// `weight_key`, of the same shape. The reference's `weighted_categorical_column`.
///
/// An [`indicator`](super::indicator) adds the weights up, a linear model and an [`embedding`](super::embedding) multiply
/// what they look up; their means leave out what does not weigh more than 0.
///
/// ```
/// use saola_estimator::column;
///
/// let words = column::weighted(column::hashed("words", 1000), "counts");
/// assert_eq!(words.name(), "words_weighted_by_counts");
/// ```
pub fn weighted(categorical: impl Into<Column>, weight_key: impl Into<String>) -> Column {
    Column::new(Weighted { categorical: categorical.into(), key: weight_key.into() })
}

impl Transform for Weighted {
    fn name(&self) -> String {
        format!("{}_weighted_by_{}", self.categorical.name(), self.key)
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        let mut raw = self.categorical.transform().raw()?;
        if raw.iter().any(|f| f.key == self.key) {
            let name = self.categorical.name();
            return Err(Error::value(format!(
                "column `{name}` is weighted by its own feature `{}`",
                self.key
            ))
            .help("give the weights in a feature of their own"));
        }
        raw.push(RawFeature::any(&self.key, DType::F32));
        Ok(raw)
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn n_classes(&self) -> Result<usize> {
        self.categorical.transform().n_classes()
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let found = self.categorical.transform().classes(features)?;
        let feature = features.padded(&self.key)?.check()?;
        if !feature.dtype().is_float() && !feature.dtype().is_integer() {
            let dtype = feature.dtype();
            let error = Error::dtype(format!("column `{}` has weights of {dtype}", self.name()));
            return Err(wrong(error, feature).help("weights are numbers"));
        }
        let own = rows(feature, &self.key)?.cast(DType::F32);
        if !own.dims().iter().zip(found.ids.check()?.dims().iter()).all(|(a, b)| a.fits(*b)) {
            let error = Error::shape(format!("column `{}` has classes of {}", self.name(), found.ids.dims()));
            return Err(wrong(error, feature).help("give one weight for each class"));
        }
        let weights = match found.weights {
            None => own,
            Some(_) => {
                return Err(Error::value(format!(
                    "column `{}` is weighted already",
                    self.categorical.name()
                ))
                .help("weight it once"));
            }
        };
        Ok(Classes { weights: Some(weights), ..found })
    }
    fn leaves(&self) -> Result<Option<Vec<CrossKey>>> {
        Err(Error::value(format!("column `{}` is weighted and cannot be crossed", self.name()))
            .help(format!("cross `{}` without its weights", self.categorical.name())))
    }
    fn kind(&self) -> &'static str {
        self.categorical.transform().kind()
    }
}
