//! `embedding`: a vector that is learned for each class.

use saola_graph::{Combiner, DType, Dim, Symbol};
use saola_nn::Scope;
use saola_nn::initializers::{Initializer, TruncatedNormal};
use saola_tensor::{Error, Result};

use super::sequence::{Sequence, classes_for, lengths};
use super::{Classes, Column, RawFeature, Transform};
use crate::Features;

/// [`embedding`] with its settings; a [`Column`] comes of it with `into`.
///
/// ```
/// use saola_estimator::column;
/// use saola_graph::Combiner;
///
/// let words = column::hashed("words", 10_000);
/// let words: column::Column = column::Embedding::new(words, 16).combiner(Combiner::Sqrtn).max_norm(1.0).into();
/// assert_eq!(words.name(), "words_embedding");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Embedding {
    categorical: Column,
    table: Table,
}

/// What all tables of vectors are given.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) dimension: usize,
    pub(super) combiner: Combiner,
    pub(super) initializer: Option<Initializer>,
    pub(super) max_norm: Option<f64>,
    pub(super) trainable: bool,
}

/// For each example the mean of the vectors of its classes, zeros where there is none. The vectors are a weight,
/// `<name>/embedding_weights` of shape `[classes, dimension]`, that begins as a truncated normal of deviation
/// 1/√dimension. A step of training costs as much as the classes of the batch, however many there are. The reference's
/// `embedding_column` with its defaults; [`Embedding`] has its settings.
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

impl Embedding {
    /// Vectors of `dimension` numbers for the classes of `categorical`, as [`embedding`].
    pub fn new(categorical: impl Into<Column>, dimension: usize) -> Embedding {
        Embedding { categorical: categorical.into(), table: Table::new(dimension) }
    }

    /// How the vectors of one example become one; [`Combiner::Mean`] by default.
    pub fn combiner(mut self, combiner: Combiner) -> Embedding {
        self.table.combiner = combiner;
        self
    }

    /// What the vectors begin with; a truncated normal of deviation 1/√dimension by default.
    pub fn initializer(mut self, initializer: impl Into<Initializer>) -> Embedding {
        self.table.initializer = Some(initializer.into());
        self
    }

    /// Scales vectors that are longer down to this length where they are looked up.
    pub fn max_norm(mut self, max_norm: f64) -> Embedding {
        self.table.max_norm = Some(max_norm);
        self
    }

    /// Whether the vectors are trained; they are by default.
    pub fn trainable(mut self, trainable: bool) -> Embedding {
        self.table.trainable = trainable;
        self
    }
}

impl From<Embedding> for Column {
    fn from(embedding: Embedding) -> Column {
        Column::new(embedding)
    }
}

impl Table {
    pub(super) fn new(dimension: usize) -> Table {
        Table { dimension, combiner: Combiner::Mean, initializer: None, max_norm: None, trainable: true }
    }

    /// The weight `name` for this many classes.
    pub(super) fn weight(&self, name: &str, classes: usize, cx: &mut Scope<'_>) -> Result<Symbol> {
        if self.dimension == 0 {
            return Err(Error::value("vectors of dimension 0").help("give a dimension of at least 1"));
        }
        let initial = self.initializer.clone().unwrap_or_else(|| {
            TruncatedNormal { mean: 0.0, stddev: 1.0 / (self.dimension as f64).sqrt() }.into()
        });
        let dims = [classes, self.dimension];
        Ok(match self.trainable {
            true => cx.weight(name, dims, initial),
            false => cx.frozen(|cx| cx.weight(name, dims, initial)),
        })
    }
}

impl Table {
    /// The vector of each step, `[batch, time, dimension]`, zeros where there is no class.
    pub(super) fn steps(&self, found: &Classes, table: &Symbol) -> Sequence {
        let one = |x: &Symbol| x.reshape([Dim::Any, Dim::Known(1)]);
        let each = Classes { ids: one(&found.ids), there: one(&found.there), weights: None, n: found.n };
        let rows = each.look_up(table, self.combiner, self.max_norm);
        // Only the shape of this counts, and it is not computed.
        let shape = found.ids.one_hot(self.dimension, DType::F32);
        Sequence { values: rows.reshape_like(&shape), lengths: lengths(&found.there) }
    }
}

impl Transform for Embedding {
    fn name(&self) -> String {
        format!("{}_embedding", self.categorical.name())
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        self.categorical.transform().raw()
    }
    fn dense(&self, features: &Features, cx: &mut Scope<'_>) -> Result<Symbol> {
        let found = classes_for(&self.name(), &self.categorical, features, false)?;
        let table = self.table.weight("embedding_weights", found.n, cx)?;
        Ok(found.look_up(&table, self.table.combiner, self.table.max_norm))
    }
    fn sequence(&self, features: &Features, cx: &mut Scope<'_>) -> Result<Sequence> {
        let found = classes_for(&self.name(), &self.categorical, features, true)?;
        let table = self.table.weight("embedding_weights", found.n, cx)?;
        Ok(self.table.steps(&found, &table))
    }
}
