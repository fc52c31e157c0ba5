//! What a column is.

use std::sync::Arc;

use saola_graph::Symbol;
use saola_nn::Scope;
use saola_tensor::{Error, Result};

use super::{Classes, CrossKey, RawFeature, Sequence, embedding, indicator};
use crate::Features;

/// A feature column: a rule that turns raw features into numbers. Cloning it copies a reference.
#[derive(Clone, Debug)]
pub struct Column(Arc<dyn Transform>);

/// What a column does.
pub trait Transform: Send + Sync + std::fmt::Debug {
    /// The name, by which columns are ordered and weights are called.
    fn name(&self) -> String;

    /// The raw features that the column reads, and in which form files of examples hold them.
    ///
    /// # Errors
    /// A column that cannot be.
    fn raw(&self) -> Result<Vec<RawFeature>>;

    /// Whether the column has classes, so that a linear model takes those.
    fn is_categorical(&self) -> bool {
        false
    }

    /// Whether the values of an example are steps of time.
    fn is_sequence(&self) -> bool {
        false
    }

    /// What numbers the classes: columns share vectors where this is the same.
    fn kind(&self) -> &'static str {
        std::any::type_name::<Self>()
    }

    /// How many intervals a number lies in one of, where the classes of a column are intervals in ascending order. Those of
    /// an example's second number come behind those of its first, and so on.
    fn intervals(&self) -> Option<usize> {
        None
    }

    /// How many classes a categorical column has.
    ///
    /// # Errors
    /// By default: the column is not categorical.
    fn n_classes(&self) -> Result<usize> {
        Err(not_categorical(&self.name()))
    }

    /// The classes of a categorical column.
    ///
    /// # Errors
    /// By default: the column is not categorical.
    fn classes(&self, _features: &Features) -> Result<Classes> {
        Err(not_categorical(&self.name()))
    }

    /// What a crossing takes in place of this categorical column; `None` where it takes the column itself.
    ///
    /// # Errors
    /// By default: the column is not categorical. Columns that cannot be crossed say why.
    fn leaves(&self) -> Result<Option<Vec<CrossKey>>> {
        if self.is_categorical() { Ok(None) } else { Err(not_categorical(&self.name())) }
    }

    /// How many numbers of each example a numeric column has.
    ///
    /// # Errors
    /// By default: the column is not numeric.
    fn size(&self) -> Result<usize> {
        Err(not_numeric(&self.name()))
    }

    /// The numbers of a numeric column, `f32` of shape `[batch, size]`.
    ///
    /// # Errors
    /// By default: the column is not numeric.
    fn numbers(&self, _features: &Features) -> Result<Symbol> {
        Err(not_numeric(&self.name()))
    }

    /// The numbers of a dense column, `f32` of shape `[batch, n]`. Weights are asked for from the scope.
    ///
    /// # Errors
    /// By default: the column is not dense.
    fn dense(&self, _features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        let name = self.name();
        Err(Error::value(format!("column `{name}` is categorical, and the model takes dense columns"))
            .help(format!("wrap it: `column::indicator({name})` or `column::embedding({name}, dimension)`")))
    }

    /// The numbers of each step of a sequence column. Weights are asked for from the scope.
    ///
    /// # Errors
    /// By default: the column is no sequence, or one of classes.
    fn sequence(&self, _features: &Features, _cx: &mut Scope<'_>) -> Result<Sequence> {
        let name = self.name();
        Err(match self.is_sequence() {
            true => Error::value(format!("column `{name}` is a sequence of classes")).help(format!(
                "wrap it: `column::indicator({name})` or `column::embedding({name}, dimension)`"
            )),
            false => Error::value(format!("column `{name}` is no sequence"))
                .help("use a sequence column, such as `column::sequence_vocabulary`"),
        })
    }
}

fn not_numeric(name: &str) -> Error {
    Error::value(format!("column `{name}` is not numeric")).help("give a column from `column::numeric`")
}

fn not_categorical(name: &str) -> Error {
    Error::value(format!("column `{name}` has no classes"))
        .help("use a categorical column, such as `column::vocabulary`")
}

impl Column {
    /// The column that `transform` describes.
    pub fn new(transform: impl Transform + 'static) -> Column {
        Column(Arc::new(transform))
    }

    /// The name.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// The names of the raw features that the column reads; none where the column cannot be.
    pub fn keys(&self) -> Vec<String> {
        self.0.raw().unwrap_or_default().into_iter().map(|f| f.key).collect()
    }

    /// What the column does.
    pub fn transform(&self) -> &dyn Transform {
        &*self.0
    }

    /// A vector of counts for each example: [`indicator`] of this column.
    pub fn indicator(&self) -> Column {
        indicator(self)
    }

    /// A vector that is learned for each class: [`embedding`] of this column.
    pub fn embedding(&self, dimension: usize) -> Column {
        embedding(self, dimension)
    }
}

impl From<&Column> for Column {
    fn from(column: &Column) -> Column {
        column.clone()
    }
}
