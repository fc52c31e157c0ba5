//! `crossed`: combinations of features by a hash.

use saola_graph::{DType, Symbol, cross_rows};
use saola_tensor::{Error, Result};

use super::failed::failed;
use super::raw::{Raw, Takes, rows, wrong};
use super::{Classes, Column, RawFeature, Transform};
use crate::Features;

/// What is crossed: a raw feature, or a categorical column.
#[derive(Clone, Debug)]
pub enum CrossKey {
    /// The feature of this name, strings or integers.
    Feature(String),
    /// The classes of this column.
    Column(Column),
}

impl From<&str> for CrossKey {
    fn from(key: &str) -> CrossKey {
        CrossKey::Feature(key.to_string())
    }
}

impl From<String> for CrossKey {
    fn from(key: String) -> CrossKey {
        CrossKey::Feature(key)
    }
}

impl From<Column> for CrossKey {
    fn from(column: Column) -> CrossKey {
        CrossKey::Column(column)
    }
}

impl From<&Column> for CrossKey {
    fn from(column: &Column) -> CrossKey {
        CrossKey::Column(column.clone())
    }
}

/// Several [`CrossKey`]s: an array or a vector of things of one type, or a tuple of names and columns.
pub trait CrossKeys {
    /// The keys in their order.
    fn into_keys(self) -> Vec<CrossKey>;
}

impl<K: Into<CrossKey>, const N: usize> CrossKeys for [K; N] {
    fn into_keys(self) -> Vec<CrossKey> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<K: Into<CrossKey>> CrossKeys for Vec<K> {
    fn into_keys(self) -> Vec<CrossKey> {
        self.into_iter().map(Into::into).collect()
    }
}

macro_rules! tuples {
    ($(($($name:ident),+))*) => {$(
        impl<$($name: Into<CrossKey>),+> CrossKeys for ($($name,)+) {
            fn into_keys(self) -> Vec<CrossKey> {
                #[allow(non_snake_case, reason = "a binding is called as the type of its element")]
                let ($($name,)+) = self;
                vec![$($name.into()),+]
            }
        }
    )*};
}

tuples! { (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, F) }

#[derive(Debug)]
struct Crossed {
    leaves: Vec<CrossKey>,
    n: usize,
    hash_key: Option<u64>,
}

/// One of `n` classes for each combination of the values of `keys`, by a hash: the reference's `crossed_column`, with
/// its hash values.
///
/// A key is the name of a feature of strings or integers, or a categorical column; a column that is crossed itself counts
/// as its own keys. Hashed and weighted columns are an error: cross the feature by its name. An example has a class for
/// each combination of one value of every key, and none where one of them has no value; a value for which a column has
/// no class, as one that is not in a vocabulary, is a value.
///
/// As in the reference, features with exactly one value for each example, `[batch]`, come into the hash behind all
/// others, and each of their values is one, also the empty string and −1. Features of shape `[batch, n]` are
/// lists that are padded with these.
///
/// ```
/// use saola_estimator::column;
///
/// let age = column::bucketized(column::numeric("age"), [18.0, 25.0, 65.0]);
/// let column = column::crossed(("education", age), 1000);
/// assert_eq!(column.name(), "age_bucketized_X_education");
/// ```
pub fn crossed(keys: impl CrossKeys, n: usize) -> Column {
    make(&keys.into_keys(), n, None)
}

/// As [`crossed`], with what every combination is hashed with: the reference's `hash_key`. 0 stands for its default.
pub fn crossed_with_key(keys: impl CrossKeys, n: usize, hash_key: u64) -> Column {
    make(&keys.into_keys(), n, Some(hash_key))
}

fn make(keys: &[CrossKey], n: usize, hash_key: Option<u64>) -> Column {
    let fault = |error: Error| failed(name_of(keys), error);
    if n == 0 {
        return fault(Error::value("there are no classes").help("give at least one"));
    }
    if keys.len() < 2 {
        return fault(Error::value(format!("{} keys are crossed", keys.len())).help("give at least two"));
    }
    let mut leaves = Vec::new();
    for key in keys {
        match key {
            CrossKey::Feature(_) => leaves.push(key.clone()),
            CrossKey::Column(column) => match column.transform().leaves() {
                Ok(None) => leaves.push(key.clone()),
                Ok(Some(inner)) => leaves.extend(inner),
                Err(error) => return fault(error),
            },
        }
    }
    Column::new(Crossed { leaves, n, hash_key })
}

fn name_of(keys: &[CrossKey]) -> String {
    let name = |key: &CrossKey| match key {
        CrossKey::Feature(key) => key.clone(),
        CrossKey::Column(column) => column.name(),
    };
    let mut names: Vec<String> = keys.iter().map(name).collect();
    names.sort();
    names.join("_X_")
}

impl Transform for Crossed {
    fn name(&self) -> String {
        name_of(&self.leaves)
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        let mut raw = Vec::new();
        for leaf in &self.leaves {
            match leaf {
                CrossKey::Feature(key) => raw.push(RawFeature::any(key, DType::Str)),
                CrossKey::Column(column) => raw.extend(column.transform().raw()?),
            }
        }
        Ok(raw)
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn n_classes(&self) -> Result<usize> {
        Ok(self.n)
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let (mut parts, mut single) = (Vec::new(), Vec::new());
        for leaf in &self.leaves {
            match leaf {
                CrossKey::Column(column) => {
                    let classes = column.transform().classes(features)?;
                    parts.push((classes.ids, classes.there));
                }
                CrossKey::Feature(key) => {
                    let feature = features.padded(key)?;
                    if feature.rank() == 1 {
                        single.push(value_of(feature, key)?);
                    } else {
                        let Raw { values, there } = Raw::new(features, key, Takes::Both)?;
                        parts.push((values, there));
                    }
                }
            }
        }
        parts.append(&mut single);
        let ids = cross_rows(&parts, self.n, self.hash_key);
        let there = ids.greater_equal(0);
        Ok(Classes { ids, there, weights: None, n: self.n })
    }
    fn leaves(&self) -> Result<Option<Vec<CrossKey>>> {
        Ok(Some(self.leaves.clone()))
    }
}

/// The one value that each example has of a feature `[batch]`.
fn value_of(feature: &Symbol, key: &str) -> Result<(Symbol, Symbol)> {
    if feature.dtype() != DType::Str && !feature.dtype().is_integer() {
        return Err(wrong(
            Error::dtype(format!("a crossing takes strings or integers, `{key}` is {}", feature.dtype())),
            feature,
        )
        .help("put numbers into intervals with `column::bucketized` first"));
    }
    let values = rows(feature, key)?;
    let there = values.fill_like(1.0, DType::Bool);
    Ok((values, there))
}
