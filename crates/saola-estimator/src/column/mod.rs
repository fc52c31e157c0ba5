//! Feature columns: from raw features to what a model takes, one file each.
//!
//! To add one, write its file with a function that makes it and a type that implements [`Transform`], and add its
//! line here. Names, order and rules for what is missing are the reference's.

mod bucketized;
mod classes;
mod crossed;
mod embedding;
mod hashed;
mod identity;
mod indicator;
mod numeric;
mod vocabulary;
mod weighted;

pub use bucketized::bucketized;
pub use classes::{Classes, Crossing};
use classes::{at_least_columns, present};
pub use crossed::{CrossKey, crossed, crossed_with_key};
pub use embedding::{Embedding, embedding};
pub use hashed::hashed;
pub use identity::{identity, identity_with_default};
pub use indicator::indicator;
pub use numeric::{numeric, numeric_shaped};
pub use vocabulary::{
    vocabulary, vocabulary_file, vocabulary_file_with_oov, vocabulary_with_default, vocabulary_with_oov,
};
pub use weighted::weighted;

use std::sync::Arc;

use saola_graph::Symbol;
use saola_nn::Scope;
use saola_tensor::{Error, Result};

use crate::Features;

/// A feature column: a rule that turns raw features into numbers. Cloning it copies a reference.
#[derive(Clone, Debug)]
pub struct Column(Arc<dyn Transform>);

/// What a column does.
pub trait Transform: Send + Sync + std::fmt::Debug {
    /// The name, by which columns are ordered and weights are called.
    fn name(&self) -> String;

    /// The raw features that the column reads.
    fn keys(&self) -> Vec<String>;

    /// Whether the column has classes.
    fn is_categorical(&self) -> bool {
        false
    }

    /// How the column is crossed with others; by default not at all.
    fn crossing(&self) -> Crossing {
        Crossing::Refused("has no classes")
    }

    /// The numbers of a numeric column, `[batch, n]`.
    ///
    /// # Errors
    /// By default: the column is not numeric.
    fn numbers(&self, _features: &Features) -> Result<Symbol> {
        Err(Error::value(format!("column `{}` is not numeric", self.name())).help("use `column::numeric`"))
    }

    /// The classes of a categorical column.
    ///
    /// # Errors
    /// By default: the column is not categorical.
    fn classes(&self, _features: &Features) -> Result<Classes> {
        Err(Error::value(format!("column `{}` has no classes", self.name()))
            .help("use a categorical column, such as `column::vocabulary`"))
    }

    /// The numbers of a dense column, `[batch, n]`. Weights are asked for from the scope.
    ///
    /// # Errors
    /// By default: the column is not dense.
    fn dense(&self, _features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        Err(Error::value(format!(
            "column `{}` is categorical, and the model takes dense columns",
            self.name()
        ))
        .help(format!(
            "wrap it: `column::indicator({0})` or `column::embedding({0}, dimension)`",
            self.name()
        )))
    }
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

    /// The raw features that the column reads.
    pub fn keys(&self) -> Vec<String> {
        self.0.keys()
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
