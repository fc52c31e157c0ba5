//! `crossed`: classes of combinations.

use saola_graph::{Dim, Symbol, cross_hash, select};
use saola_tensor::{DType, Error, Result};

use super::{Classes, Column, Crossing, Transform, at_least_columns};
use crate::Features;

/// What is crossed: the feature of a name as it is, or a categorical column.
#[derive(Clone, Debug)]
pub enum CrossKey {
    /// A feature of strings or integers.
    Feature(String),
    /// A categorical column that is not hashed.
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

impl CrossKey {
    fn name(&self) -> String {
        match self {
            CrossKey::Feature(key) => key.clone(),
            CrossKey::Column(column) => column.name(),
        }
    }
}

#[derive(Debug)]
struct Crossed {
    /// Features and columns, of which none is crossed itself.
    parts: Vec<CrossKey>,
    /// What cannot be crossed, and why.
    refused: Option<String>,
    buckets: usize,
    hash_key: Option<u64>,
}

/// One of `buckets` classes for each combination of a value of every key: names of features, or categorical columns. An
/// example with several values has all their combinations, one that lacks a value of some column has none. Crossed
/// columns are taken apart. The reference's `crossed_column`, with its hashes.
///
/// As in the reference, columns go before features in the hash, an empty string of a feature counts as a value, and a
/// feature with several values for each example is padded with empty strings or −1, which do not count.
///
/// ```
/// use saola_estimator::column::{self, CrossKey};
///
/// let jobs = column::crossed(["education", "occupation"], 1000);
/// let age = column::bucketized(column::numeric("age"), [18.0, 30.0, 65.0]);
/// let both = column::crossed([CrossKey::from(&age), "city".into()], 1000);
/// assert_eq!(both.name(), "age_bucketized_X_city");
/// ```
pub fn crossed<K: Into<CrossKey>>(keys: impl IntoIterator<Item = K>, buckets: usize) -> Column {
    crossed_with_key(keys, buckets, None)
}

/// As [`crossed`], with another key of the hash than the reference's own.
pub fn crossed_with_key<K: Into<CrossKey>>(
    keys: impl IntoIterator<Item = K>,
    buckets: usize,
    hash_key: Option<u64>,
) -> Column {
    let (mut parts, mut refused) = (Vec::new(), None);
    for key in keys.into_iter().map(Into::into) {
        let CrossKey::Column(column) = &key else {
            parts.push(key);
            continue;
        };
        match column.transform().crossing() {
            Crossing::Itself => parts.push(key),
            Crossing::Parts(inner) => parts.extend(inner),
            Crossing::Refused(why) => {
                refused.get_or_insert_with(|| format!("column `{}` {why}", column.name()));
                parts.push(key);
            }
        }
    }
    Column::new(Crossed { parts, refused, buckets, hash_key })
}

/// The values of a part as integers that stand for them, and which of them are there; `[batch, n]`.
struct Part {
    values: Symbol,
    there: Symbol,
    width: usize,
}

impl Crossed {
    fn part(&self, key: &CrossKey, features: &Features) -> Result<Part> {
        let (values, there) = match key {
            CrossKey::Column(column) => {
                let ids = column.transform().classes(features)?.ids;
                (ids.clone(), ids.greater_equal(0))
            }
            CrossKey::Feature(key) => {
                let raw = at_least_columns(features.get(key)?, key)?;
                if raw.dtype() != DType::Str && !raw.dtype().is_integer() {
                    return Err(Error::dtype(format!(
                        "column `{}` crosses strings and integers, feature `{key}` is {}",
                        self.name(),
                        raw.dtype()
                    ))
                    .help("cross a `column::bucketized` of its numbers"));
                }
                let text = raw.dtype() == DType::Str;
                let values = if text { raw.string_fingerprint() } else { raw.cast(DType::I64) };
                let padding = if text { raw.string_length().equal(0) } else { values.equal(-1) };
                // One value for each example is no padding.
                let alone = values.dim(-1) == Dim::Known(1);
                let there = if alone { values.equal(&values) } else { padding.logical_not() };
                (values, there)
            }
        };
        let Dim::Known(width) = values.dim(-1) else {
            return Err(Error::shape(format!("`{}` is {}", key.name(), values.spec()))
                .help("give as many values for each example, padded"));
        };
        Ok(Part { values, there, width })
    }
}

impl Transform for Crossed {
    fn name(&self) -> String {
        let mut names: Vec<String> = self.parts.iter().map(CrossKey::name).collect();
        names.sort();
        names.join("_X_")
    }
    fn keys(&self) -> Vec<String> {
        let keys = self.parts.iter().flat_map(|part| match part {
            CrossKey::Feature(key) => vec![key.clone()],
            CrossKey::Column(column) => column.keys(),
        });
        keys.collect()
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn crossing(&self) -> Crossing {
        Crossing::Parts(self.parts.clone())
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        if let Some(refused) = &self.refused {
            return Err(Error::value(format!("column `{}`: {refused}", self.name()))
                .help("cross names of features, vocabularies, identities or bucketized columns"));
        }
        if self.parts.len() < 2 || self.buckets == 0 {
            let (n, buckets) = (self.parts.len(), self.buckets);
            return Err(Error::value(format!(
                "column `{}` crosses {n} keys into {buckets} buckets",
                self.name()
            ))
            .help("give at least two keys and one bucket"));
        }
        let (columns, raw): (Vec<&CrossKey>, Vec<&CrossKey>) =
            self.parts.iter().partition(|p| matches!(p, CrossKey::Column(_)));
        let parts: Vec<Part> =
            columns.into_iter().chain(raw).map(|p| self.part(p, features)).collect::<Result<_>>()?;
        let rank = parts.len();
        let widths: Vec<usize> = parts.iter().map(|p| p.width).collect();
        // Each part has an axis of its own, the last one the fastest.
        let spread = |x: &Symbol, at: usize| {
            let mut dims = vec![Dim::Known(1); rank + 1];
            (dims[0], dims[at + 1]) = (Dim::Any, Dim::Known(widths[at]));
            let all: Vec<usize> = std::iter::once(1)
                .chain((0..rank).map(|other| if other == at { 1 } else { widths[other] }))
                .collect();
            let combinations = widths.iter().product();
            x.reshape(dims).tile(all).reshape([Dim::Any, Dim::Known(combinations)])
        };
        let values: Vec<Symbol> = parts.iter().enumerate().map(|(i, p)| spread(&p.values, i)).collect();
        let mut there = spread(&parts[0].there, 0);
        for (i, part) in parts.iter().enumerate().skip(1) {
            there = there.logical_and(spread(&part.there, i));
        }
        let ids = select(&there, cross_hash(&values, self.buckets, self.hash_key), -1);
        Ok(Classes { ids, weights: None, count: self.buckets })
    }
}
