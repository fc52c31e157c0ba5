//! `identity`: class numbers as they are.

use saola_graph::{Symbol, select};
use saola_tensor::{DType, Error, Result};

use super::{Classes, Column, Crossing, Transform, present};
use crate::Features;

#[derive(Debug)]
struct Identity {
    key: String,
    count: usize,
    default: Option<usize>,
}

/// The feature `key` as a class number from 0 to `count` − 1; −1 is none, and any other number an error of the run. The
/// reference's `categorical_column_with_identity`.
///
/// ```
/// use saola_estimator::column;
///
/// let hour = column::identity("hour", 24);
/// assert_eq!(hour.indicator().name(), "hour_indicator");
/// ```
pub fn identity(key: impl Into<String>, count: usize) -> Column {
    Column::new(Identity { key: key.into(), count, default: None })
}

/// As [`identity`], with a class for the numbers that are none of `count`.
pub fn identity_with_default(key: impl Into<String>, count: usize, default: usize) -> Column {
    Column::new(Identity { key: key.into(), count, default: Some(default) })
}

impl Transform for Identity {
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
        if self.count == 0 || self.default.is_some_and(|d| d >= self.count) {
            let what =
                format!("column `{}` has {} classes, default {:?}", self.key, self.count, self.default);
            return Err(Error::value(what).help("give at least one class, and a default that is one of them"));
        }
        let raw = features.get(&self.key)?;
        if !raw.dtype().is_integer() {
            return Err(Error::dtype(format!(
                "column `{}` takes class numbers, the feature is {}",
                self.key,
                raw.dtype()
            ))
            .help("give integers, or use `column::vocabulary` or `column::hashed`"));
        }
        let (raw, there) = present(&raw.cast(DType::I64), &self.key)?;
        let last = self.count as i64 - 1;
        let ids: Symbol = match self.default {
            Some(default) => {
                let fits = raw.greater_equal(0).logical_and(raw.less_equal(last));
                select(&fits, &raw, default as i64)
            }
            None => raw.ensure_range(-1.0, last as f64, format!("class numbers of column `{}`", self.key)),
        };
        Ok(Classes { ids: select(&there, ids, -1), weights: None, count: self.count })
    }
}
