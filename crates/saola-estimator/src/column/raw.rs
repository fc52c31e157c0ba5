//! Raw features as categorical columns read them.

use saola_graph::{DType, Symbol};
use saola_tensor::{Error, Result};

use crate::Features;

/// The values of a feature, in rows that are padded to one length.
pub(super) struct Raw {
    /// Strings or `i64`, `[batch, n]`.
    pub(super) values: Symbol,
    /// Where there is a value, `bool` of shape `[batch, n]`.
    pub(super) there: Symbol,
}

/// Which values a column takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Takes {
    Strings,
    Integers,
    Both,
}

impl Raw {
    /// The feature `key`: without the values that stand for none, the empty string and −1.
    pub(super) fn new(features: &Features, key: &str, takes: Takes) -> Result<Raw> {
        let feature = features.padded(key)?;
        feature.check()?;
        let words = feature.dtype() == DType::Str;
        let fits = match takes {
            Takes::Strings => words,
            Takes::Integers => feature.dtype().is_integer(),
            Takes::Both => words || feature.dtype().is_integer(),
        };
        if !fits {
            let wanted = match takes {
                Takes::Strings => "strings",
                Takes::Integers => "integers",
                Takes::Both => "strings or integers",
            };
            return Err(wrong(
                Error::dtype(format!("column `{key}` takes {wanted}, the feature is {}", feature.dtype())),
                feature,
            )
            .help("read the feature as what the column takes, or use another column"));
        }
        let values = rows(feature, key)?;
        let values = if words { values } else { values.cast(DType::I64) };
        let there = if words { values.string_length().greater(0) } else { values.not_equal(-1) };
        Ok(Raw { values, there })
    }
}

/// A feature as `[batch, n]`: one value for each example is a row of one.
pub(super) fn rows(feature: &Symbol, key: &str) -> Result<Symbol> {
    match feature.rank() {
        0 => Err(wrong(Error::shape(format!("feature `{key}` is a scalar")), feature)
            .help("features have one row for each example")),
        1 => Ok(feature.expand_dims(-1)),
        2 => Ok(feature.clone()),
        n => Err(wrong(Error::shape(format!("feature `{key}` has {n} axes")), feature)
            .help("a column takes [batch] or [batch, n]")),
    }
}

/// `error` with what the feature is and where it comes from.
pub(super) fn wrong(error: Error, feature: &Symbol) -> Error {
    error.note_at(
        "feature",
        format!("{} {}", feature.spec(), feature.label()),
        "created at",
        feature.node().location(),
    )
}
