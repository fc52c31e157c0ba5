//! `shared_embeddings`: several columns with the same vectors.

use std::sync::Arc;

use saola_graph::{Combiner, Symbol};
use saola_nn::Scope;
use saola_nn::initializers::Initializer;
use saola_tensor::{Error, Result};

use super::embedding::Table;
use super::failed::failed;
use super::sequence::{Sequence, classes_for};
use super::{Column, RawFeature, Transform};
use crate::Features;

/// [`shared_embeddings`] with its settings.
///
/// ```
/// use saola_estimator::column;
/// use saola_graph::Combiner;
///
/// let [seen, bought] = ["seen", "bought"].map(|key| column::identity(key, 5000));
/// let columns = column::SharedEmbeddings::new([seen, bought], 16).combiner(Combiner::Sum).columns();
/// assert_eq!(columns[1].name(), "bought_shared_embedding");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SharedEmbeddings {
    categorical: Vec<Column>,
    table: Table,
    name: Option<String>,
}

#[derive(Debug)]
struct Shared {
    categorical: Column,
    name: Arc<str>,
    table: Table,
}

/// For each of the categorical `columns` an [`embedding`](super::embedding), all with the same vectors. The vectors are one
/// weight of the model, in no column's path: `<columns>_shared_embedding`, in which the columns' names are sorted and
/// joined by `_`, of shape `[classes, dimension]`. Columns are in the order they are given in, called
/// `<column>_shared_embedding`. They must be of one kind with as many classes each, apart from weights. The reference's
/// `shared_embeddings`; [`SharedEmbeddings`] has its settings.
///
/// ```
/// use saola_estimator::column;
///
/// let columns = column::shared_embeddings(["seen", "bought"].map(|key| column::identity(key, 5000)), 16);
/// assert_eq!(columns[0].name(), "seen_shared_embedding");
/// ```
pub fn shared_embeddings<C: Into<Column>>(
    columns: impl IntoIterator<Item = C>,
    dimension: usize,
) -> Vec<Column> {
    SharedEmbeddings::new(columns, dimension).columns()
}

impl SharedEmbeddings {
    /// Vectors of `dimension` numbers for the classes of all of `columns`, as [`shared_embeddings`].
    pub fn new<C: Into<Column>>(columns: impl IntoIterator<Item = C>, dimension: usize) -> SharedEmbeddings {
        let categorical = columns.into_iter().map(Into::into).collect();
        SharedEmbeddings { categorical, table: Table::new(dimension), name: None }
    }

    /// How the vectors of one example become one; [`Combiner::Mean`] by default.
    pub fn combiner(mut self, combiner: Combiner) -> SharedEmbeddings {
        self.table.combiner = combiner;
        self
    }

    /// What the vectors begin with; a truncated normal of deviation 1/√dimension by default.
    pub fn initializer(mut self, initializer: impl Into<Initializer>) -> SharedEmbeddings {
        self.table.initializer = Some(initializer.into());
        self
    }

    /// Scales vectors that are longer down to this length where they are looked up.
    pub fn max_norm(mut self, max_norm: f64) -> SharedEmbeddings {
        self.table.max_norm = Some(max_norm);
        self
    }

    /// Whether the vectors are trained; they are by default. Estimators of the reference's second version do not train
    /// them, and their folders have no optimizer's variables for them: without training, such a folder is gone on with.
    pub fn trainable(mut self, trainable: bool) -> SharedEmbeddings {
        self.table.trainable = trainable;
        self
    }

    /// What the weight is called instead: the reference's `shared_embedding_collection_name`.
    pub fn name(mut self, name: impl Into<String>) -> SharedEmbeddings {
        self.name = Some(name.into());
        self
    }

    /// The columns. Where they do not go together, using one is an error.
    pub fn columns(self) -> Vec<Column> {
        let called = |c: &Column| format!("{}_shared_embedding", c.name());
        if let Err(error) = self.check() {
            return self.categorical.iter().map(|c| failed(called(c), error.clone())).collect();
        }
        let name: Arc<str> = match self.name {
            Some(name) => name.into(),
            None => {
                let mut names: Vec<String> = self.categorical.iter().map(Column::name).collect();
                names.sort();
                format!("{}_shared_embedding", names.join("_")).into()
            }
        };
        let share =
            |categorical| Column::new(Shared { categorical, name: name.clone(), table: self.table.clone() });
        self.categorical.into_iter().map(share).collect()
    }

    /// Refuses columns that cannot have the same vectors.
    fn check(&self) -> Result<()> {
        let Some((first, rest)) = self.categorical.split_first() else { return Ok(()) };
        let of = |c: &Column| Ok::<_, Error>((c.transform().kind(), c.transform().n_classes()?));
        let expected = of(first)?;
        for column in rest {
            let found = of(column)?;
            let (a, b) = (first.name(), column.name());
            if found.1 != expected.1 {
                return Err(Error::value(format!(
                    "columns `{a}` of {} classes and `{b}` of {} cannot share their vectors",
                    expected.1, found.1
                ))
                .help("give columns with as many classes each"));
            }
            if found.0 != expected.0 {
                return Err(Error::value(format!(
                    "columns `{a}` and `{b}` number their classes in different ways and cannot share vectors"
                ))
                .help("give columns of one kind"));
            }
        }
        Ok(())
    }
}

impl Transform for Shared {
    fn name(&self) -> String {
        format!("{}_shared_embedding", self.categorical.name())
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        self.categorical.transform().raw()
    }
    fn dense(&self, features: &Features, cx: &mut Scope<'_>) -> Result<Symbol> {
        let found = classes_for(&Transform::name(self), &self.categorical, features, false)?;
        let table = cx.at_root(|cx| self.table.weight(&self.name, found.n, cx))?;
        Ok(found.look_up(&table, self.table.combiner, self.table.max_norm))
    }
    fn sequence(&self, features: &Features, cx: &mut Scope<'_>) -> Result<Sequence> {
        let found = classes_for(&self.name(), &self.categorical, features, true)?;
        let table = cx.at_root(|cx| self.table.weight(&self.name, found.n, cx))?;
        Ok(self.table.steps(&found, &table))
    }
}
