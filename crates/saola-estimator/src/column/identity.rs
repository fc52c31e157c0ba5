//! `identity`: integers that are class numbers already.

use saola_graph::{DType, select};
use saola_tensor::{Error, Result};

use super::failed::failed;
use super::raw::{Raw, Takes};
use super::{Classes, Column, RawFeature, Transform};
use crate::Features;

#[derive(Debug)]
struct Identity {
    key: String,
    n: usize,
    default: Option<i64>,
}

/// The feature `key` itself as the class, one of `0..n`. An integer below is no class; one above is an error of the run
/// where a row of weights is looked up for it, and no class in an indicator. The reference's
/// `categorical_column_with_identity`.
///
/// ```
/// use saola_estimator::column;
///
/// let weekday = column::identity("weekday", 7);
/// assert_eq!(weekday.embedding(3).name(), "weekday_embedding");
/// ```
pub fn identity(key: impl Into<String>, n: usize) -> Column {
    make(key.into(), n, None)
}

/// As [`identity`], with a class for all integers that are not in `0..n`.
pub fn identity_or(key: impl Into<String>, n: usize, default: usize) -> Column {
    make(key.into(), n, Some(default))
}

fn make(key: String, n: usize, default: Option<usize>) -> Column {
    if n == 0 {
        return failed(key, Error::value("there are no classes").help("give at least one"));
    }
    if let Some(default) = default.filter(|&d| d >= n) {
        let error = Error::value(format!("the default {default} is none of {n} classes"));
        return failed(key, error.help(format!("give one of 0..{n}")));
    }
    Column::new(Identity { key, n, default: default.map(|d| d as i64) })
}

impl Transform for Identity {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        Ok(vec![RawFeature::any(&self.key, DType::I64)])
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn n_classes(&self) -> Result<usize> {
        Ok(self.n)
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let Raw { values, there } = Raw::new(features, &self.key, Takes::Integers)?;
        let values = match self.default {
            None => values,
            Some(default) => {
                let known = values.greater_equal(0).logical_and(values.less(self.n as i64));
                select(&known, values, default)
            }
        };
        Ok(Classes { ids: select(&there, values, -1), there, weights: None, n: self.n })
    }
}
