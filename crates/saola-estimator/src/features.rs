//! The features of a batch as symbols, and dense columns of them side by side.

use std::collections::HashSet;

use indexmap::IndexMap;
use saola_data::Element;
use saola_graph::{Dim, Dims, Symbol, concatenate, placeholder, reachable};
use saola_nn::Scope;
use saola_tensor::{DType, Error, Result, Tensor, suggest};

use crate::{Column, Labels};

/// Raw features by name, as symbols: those that are fed, or any others of the user's.
#[derive(Clone, Debug, Default)]
pub struct Features(IndexMap<String, Feature>);

/// One feature, twice.
#[derive(Clone, Debug)]
struct Feature {
    /// With the extents of the first batch, but for the number of examples.
    fixed: Symbol,
    /// With the number of values of each example open as well.
    padded: Symbol,
}

impl Features {
    /// The feature called `name`, `[batch, ..]`.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::NotFound`] where there is none; the error lists those that are.
    pub fn get(&self, name: &str) -> Result<&Symbol> {
        self.find(name).map(|f| &f.fixed)
    }

    /// As [`Features::get`], where each batch may be padded to another length: `[batch, n]` with any `n`.
    ///
    /// # Errors
    /// As [`Features::get`].
    pub fn padded(&self, name: &str) -> Result<&Symbol> {
        self.find(name).map(|f| &f.padded)
    }

    fn find(&self, name: &str) -> Result<&Feature> {
        self.0.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
            let help = match suggest(name, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`? There are {}", names.join(", ")),
                None => format!("there are {}", names.join(", ")),
            };
            Error::not_found(format!("the input has no feature `{name}`")).help(help)
        })
    }

    /// Names and symbols, in the input's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Symbol)> {
        self.0.iter().map(|(name, feature)| (name.as_str(), &feature.fixed))
    }

    /// Names and what is fed.
    pub(crate) fn fed(&self) -> impl ExactSizeIterator<Item = (&str, &Symbol)> {
        self.0.iter().map(|(name, feature)| (name.as_str(), &feature.padded))
    }
}

/// The dense columns of `features` side by side, `[batch, n]`, in the order of their names: the reference's
/// `input_layer`. Weights of embeddings are made under `input_layer/<column>`.
///
/// # Errors
/// A feature that is missing or of the wrong type, two columns of one name, or a column that is not dense.
pub fn dense_features(features: &Features, columns: &[Column], cx: &mut Scope<'_>) -> Result<Symbol> {
    let mut parts = Vec::new();
    for (name, column) in sorted(columns)? {
        let part = cx.inside(&format!("input_layer/{name}"), |cx| column.transform().dense(features, cx))?;
        part.check().map_err(|e| e.context(format!("column `{name}`")))?;
        parts.push(part);
    }
    Ok(concatenate(&parts, -1))
}

/// Columns in the order of their names.
///
/// # Errors
/// None at all, or two of one name.
pub(crate) fn sorted(columns: &[Column]) -> Result<Vec<(String, &Column)>> {
    if columns.is_empty() {
        return Err(Error::value("there are no feature columns").help("give at least one column"));
    }
    let mut sorted: Vec<(String, &Column)> = columns.iter().map(|c| (c.name(), c)).collect();
    sorted.sort_by(|a, b| a.0.cmp(&b.0));
    if let Some(twice) = sorted.windows(2).find(|w| w[0].0 == w[1].0) {
        return Err(
            Error::value(format!("two columns are called `{}`", twice[0].0)).help("give each column once")
        );
    }
    Ok(sorted)
}

impl<K: Into<String>> FromIterator<(K, Symbol)> for Features {
    fn from_iter<I: IntoIterator<Item = (K, Symbol)>>(features: I) -> Features {
        let both = |symbol: Symbol| Feature { fixed: symbol.clone(), padded: symbol };
        Features(features.into_iter().map(|(name, symbol)| (name.into(), both(symbol))).collect())
    }
}

impl<K: Into<String>, const N: usize> From<[(K, Symbol); N]> for Features {
    fn from(features: [(K, Symbol); N]) -> Features {
        features.into_iter().collect()
    }
}

/// Features and labels of one batch.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    pub(crate) features: Vec<(String, Tensor)>,
    /// The labels by name; one tensor alone has none.
    pub(crate) labels: Vec<(Option<String>, Tensor)>,
}

impl Batch {
    /// Takes an element of an input function apart: (features, labels), or features alone.
    pub(crate) fn new(element: &Element) -> Result<Batch> {
        let (features, labels) = match element {
            Element::Tuple(parts) => match &parts[..] {
                [features, labels, ..] => (features, labels_of(labels)?),
                [features] => (features, Vec::new()),
                [] => return Err(Error::value("the input function gave an empty tuple")),
            },
            features => (features, Vec::new()),
        };
        let features = match features {
            Element::Map(map) => {
                map.iter().map(|(name, e)| Ok((name.clone(), e.tensor()?.clone()))).collect::<Result<_>>()?
            }
            Element::Tensor(tensor) => vec![("x".to_string(), tensor.clone())],
            Element::Tuple(_) => {
                return Err(
                    Error::value("features are a tuple").help("give features as a map from names to tensors")
                );
            }
        };
        let batch = Batch { features, labels };
        batch.n_rows()?;
        Ok(batch)
    }

    /// As [`Batch::new`] for the features of one example, which have no batch axis.
    pub(crate) fn of_row(element: &Element) -> Result<Batch> {
        let batch = |tensor: &Tensor| {
            let shape: Vec<usize> = std::iter::once(1).chain(tensor.shape().iter().copied()).collect();
            tensor.reshape(shape)
        };
        let Element::Map(map) = element else {
            return Err(
                Error::value("the features of a row are no map").help("give a map from names to tensors")
            );
        };
        let features = map.iter().map(|(name, e)| Ok((name.clone(), batch(e.tensor()?)?)));
        Ok(Batch { features: features.collect::<Result<_>>()?, labels: Vec::new() })
    }

    /// One batch of all examples of several.
    ///
    /// # Errors
    /// Batches that differ in names, dtypes or extents.
    pub(crate) fn concat(batches: &[Batch]) -> Result<Batch> {
        let [first, rest @ ..] = batches else { return Err(Error::value("there are no batches")) };
        if rest.is_empty() {
            return Ok(first.clone());
        }
        let named = |of: &dyn Fn(&Batch) -> Option<Tensor>, name: &str| -> Result<Tensor> {
            let parts: Option<Vec<Tensor>> = batches.iter().map(of).collect();
            let parts = parts.ok_or_else(|| {
                Error::value(format!("a batch has no `{name}`, which the first one had"))
                    .help("an input function gives the same features and labels in every batch")
            })?;
            Tensor::concat(&parts).map_err(|e| {
                e.context(format!("the batches' `{name}` as one"))
                    .help("give batches of one width and dtype: a model that trains in memory reads all of them at once")
            })
        };
        let feature = |(name, _): &(String, Tensor)| {
            let of = |b: &Batch| b.features.iter().find(|f| f.0 == *name).map(|f| f.1.clone());
            Ok((name.clone(), named(&of, name)?))
        };
        let label = |(name, _): &(Option<String>, Tensor)| {
            let of = |b: &Batch| b.labels.iter().find(|l| l.0 == *name).map(|l| l.1.clone());
            Ok((name.clone(), named(&of, name.as_deref().unwrap_or("labels"))?))
        };
        Ok(Batch {
            features: first.features.iter().map(feature).collect::<Result<_>>()?,
            labels: first.labels.iter().map(label).collect::<Result<_>>()?,
        })
    }

    /// All tensors: the features by name, then the labels.
    fn named(&self) -> impl Iterator<Item = (&str, &Tensor)> {
        let labels = self.labels.iter().map(|(name, t)| (name.as_deref().unwrap_or("labels"), t));
        self.features.iter().map(|(name, t)| (name.as_str(), t)).chain(labels)
    }

    /// Names, dtypes, and all extents but that of the batch.
    fn inputs(&self) -> Vec<(String, DType, Dims)> {
        let spec = |(name, t): (&str, &Tensor)| {
            let rest = t.shape().iter().skip(1).map(|&n| Dim::Known(n));
            (name.to_string(), t.dtype(), std::iter::once(Dim::Any).chain(rest).collect())
        };
        self.named().map(spec).collect()
    }

    /// How many examples there are.
    pub(crate) fn n_rows(&self) -> Result<usize> {
        let Some((name, first)) = self.features.first() else {
            return Err(Error::value("the input has no features"));
        };
        let rows = first.n_rows().map_err(|e| e.context(format!("feature `{name}`")))?;
        for (other, tensor) in self.named() {
            if tensor.n_rows()? != rows {
                return Err(Error::shape(format!(
                    "`{name}` has {rows} examples, `{other}` {}",
                    tensor.n_rows()?
                ))
                .help("did the input function forget `.batch(..)`?"));
            }
        }
        Ok(rows)
    }

    /// Placeholders for batches like this one.
    pub(crate) fn placeholders(&self) -> (Features, Option<Labels>) {
        let feature = |(name, dtype, fixed): (String, DType, Dims)| {
            let open = if fixed.len() == 2 { Dims::from([Dim::Any, Dim::Any]) } else { fixed.clone() };
            let padded = placeholder(&name, dtype, open);
            (name, Feature { fixed: padded.ensure_shape(fixed), padded })
        };
        let mut inputs = self.inputs();
        let labels = inputs.split_off(self.features.len());
        let of = |(name, dtype, dims): (String, DType, Dims)| (name.clone(), placeholder(&name, dtype, dims));
        let mut labels = labels.into_iter().map(of);
        let labels = match &self.labels[..] {
            [] => None,
            [(None, _)] => labels.next().map(|(_, symbol)| Labels::from(symbol)),
            _ => Some(Labels::from_iter(labels)),
        };
        (Features(inputs.into_iter().map(feature).collect()), labels)
    }
}

/// Labels, one or several by name.
fn labels_of(element: &Element) -> Result<Vec<(Option<String>, Tensor)>> {
    match element {
        Element::Map(map) if map.is_empty() => {
            Err(Error::value("the labels are an empty map").help("give one tensor at least"))
        }
        Element::Map(map) => {
            map.iter().map(|(name, e)| Ok((Some(name.clone()), e.tensor()?.clone()))).collect()
        }
        one => Ok(vec![(None, one.tensor()?.clone())]),
    }
}

/// The batches that a graph takes: names, dtypes and extents.
pub(crate) struct Inputs(Vec<(String, DType, Dims)>);

impl Inputs {
    /// Of a graph for batches like `batch`, which computes `roots`. A feature of which it reads only the padded form may
    /// have any width.
    pub(crate) fn new<'a>(
        batch: &Batch,
        features: &Features,
        roots: impl IntoIterator<Item = &'a Symbol>,
    ) -> Inputs {
        let read: HashSet<_> = reachable(roots).iter().map(Symbol::id).collect();
        let mut inputs = batch.inputs();
        for (name, _, dims) in &mut inputs {
            if let Some(feature) = features.0.get(name.as_str())
                && !read.contains(&feature.fixed.id())
            {
                dims.clone_from(feature.padded.dims());
            }
        }
        Inputs(inputs)
    }

    /// Whether `batch` can be fed.
    pub(crate) fn accept(&self, batch: &Batch) -> bool {
        let inputs = batch.inputs();
        let dim = |(own, other): (&Dim, &Dim)| *own == Dim::Any || own == other;
        let same = |own: &(String, DType, Dims), other: &(String, DType, Dims)| {
            let extents = own.2.len() == other.2.len() && own.2.iter().zip(other.2.iter()).all(dim);
            own.0 == other.0 && own.1 == other.1 && extents
        };
        self.0.len() == inputs.len() && self.0.iter().zip(&inputs).all(|(own, other)| same(own, other))
    }
}
