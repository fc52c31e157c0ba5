//! `embedding`: a vector that is learned for each class.

use saola_graph::{Combiner, Symbol};
use saola_nn::Scope;
use saola_nn::initializers::{Initializer, TruncatedNormal};
use saola_tensor::{Error, Result};

use super::{Column, Transform};
use crate::Features;

/// A column of learned vectors with settings of its own; see [`embedding`].
///
/// ```
/// use saola_estimator::column::{self, Embedding};
/// use saola_estimator::{Column, Combiner};
///
/// let words = Embedding::new(column::hashed("words", 100), 8).combiner(Combiner::Sqrtn);
/// assert_eq!(Column::from(words).name(), "words_embedding");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Embedding {
    categorical: Column,
    dimension: usize,
    combiner: Combiner,
    initializer: Option<Initializer>,
}

impl Embedding {
    /// A vector of `dimension` numbers for each class of `categorical`.
    pub fn new(categorical: impl Into<Column>, dimension: usize) -> Embedding {
        Embedding { categorical: categorical.into(), dimension, combiner: Combiner::Mean, initializer: None }
    }

    /// How the vectors of an example's several classes become one; their mean by default.
    pub fn combiner(mut self, combiner: Combiner) -> Embedding {
        self.combiner = combiner;
        self
    }

    /// What the vectors begin as; a truncated normal of deviation 1/√dimension by default.
    pub fn initializer(mut self, initializer: impl Into<Initializer>) -> Embedding {
        self.initializer = Some(initializer.into());
        self
    }
}

impl From<Embedding> for Column {
    fn from(embedding: Embedding) -> Column {
        Column::new(embedding)
    }
}

/// For each example the mean of the vectors of its classes, zeros where there is none. The vectors are a weight,
/// `<name>/embedding_weights` of shape `[classes, dimension]`, that begins as a truncated normal of deviation
/// 1/√dimension. What a step of training costs goes by the classes that its batch has. The reference's
/// `embedding_column` with its defaults; [`Embedding`] has others.
///
/// ```
/// use saola_estimator::column;
///
/// let city = column::embedding(column::vocabulary("city", ["Rome", "Oslo", "Lima"]), 2);
/// assert_eq!(city.name(), "city_embedding");
/// ```
pub fn embedding(categorical: impl Into<Column>, dimension: usize) -> Column {
    Embedding::new(categorical, dimension).into()
}

impl Transform for Embedding {
    fn name(&self) -> String {
        format!("{}_embedding", self.categorical.name())
    }
    fn keys(&self) -> Vec<String> {
        self.categorical.keys()
    }
    fn dense(&self, features: &Features, cx: &mut Scope<'_>) -> Result<Symbol> {
        if self.dimension == 0 {
            return Err(Error::value(format!("column `{}` has dimension 0", self.name()))
                .help("give at least one number for each class"));
        }
        let classes = self.categorical.transform().classes(features)?;
        let stddev = 1.0 / (self.dimension as f64).sqrt();
        let initial =
            self.initializer.clone().unwrap_or_else(|| TruncatedNormal { mean: 0.0, stddev }.into());
        let table = cx.weight("embedding_weights", [classes.count, self.dimension], initial);
        Ok(table.embedding_lookup(&classes.ids, classes.weights.as_ref(), self.combiner))
    }
}
