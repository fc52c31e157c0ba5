//! Classes of categorical columns, and raw features on the way to them.

use saola_graph::Symbol;
use saola_tensor::{DType, Error, Result};

use super::CrossKey;

/// The classes of each example.
#[derive(Clone, Debug)]
pub struct Classes {
    /// Class numbers, `i64[batch, n]`; −1 stands for none.
    pub ids: Symbol,
    /// What each class counts, `f32[batch, n]`; 1 for all where there are none.
    pub weights: Option<Symbol>,
    /// How many classes there are.
    pub count: usize,
}

/// How a column is crossed with others.
#[derive(Clone, Debug)]
pub enum Crossing {
    /// Not at all: what is the matter with it.
    Refused(&'static str),
    /// By its classes.
    Itself,
    /// By what it is made of.
    Parts(Vec<CrossKey>),
}

/// A raw feature as `[batch, n]`, and which of its values are there: an empty string and −1 stand for none.
pub(super) fn present(raw: &Symbol, key: &str) -> Result<(Symbol, Symbol)> {
    let raw = at_least_columns(raw, key)?;
    let there = match raw.dtype() {
        DType::Str => raw.string_length().not_equal(0),
        _ => raw.not_equal(-1),
    };
    Ok((raw, there))
}

/// Makes `[batch]` into `[batch, 1]`; other shapes stay.
pub(super) fn at_least_columns(x: &Symbol, key: &str) -> Result<Symbol> {
    match x.rank() {
        0 => Err(Error::shape(format!("feature `{key}` is a scalar"))
            .help("features have one row for each example")),
        1 => Ok(x.expand_dims(-1)),
        _ => Ok(x.clone()),
    }
}
