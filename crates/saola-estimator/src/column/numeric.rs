//! `numeric`: numbers as they are, or normalized.

use std::sync::Arc;

use saola_graph::{Dim, Symbol};
use saola_nn::Scope;
use saola_tensor::{DType, Error, Result};

use super::{Column, Transform, at_least_columns};
use crate::Features;

type Normalizer = Arc<dyn Fn(&Symbol) -> Symbol + Send + Sync>;

struct Numeric {
    key: String,
    size: usize,
    normalizer: Option<Normalizer>,
}

impl std::fmt::Debug for Numeric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "numeric({:?}, [{}])", self.key, self.size)
    }
}

/// The number that the feature `key` is. The reference's `numeric_column`.
///
/// ```
/// use saola_estimator::column;
///
/// let columns = ["age", "height"].map(column::numeric);
/// assert_eq!(columns[0].name(), "age");
/// ```
pub fn numeric(key: impl Into<String>) -> Column {
    numeric_shaped(key, 1, None::<fn(&Symbol) -> Symbol>)
}

/// As [`numeric`], with `size` numbers for each example, and a function that is applied to them first.
///
/// The function gets the feature shaped `[batch, size]`, in f64 where it is f64 or i64 and in f32 otherwise: large
/// integers, as times in seconds, keep their last digits. What it returns is converted to f32.
///
/// ```
/// use saola_estimator::column;
/// use saola_graph::Symbol;
///
/// let years = column::numeric_shaped("age", 1, Some(|x: &Symbol| (x - 40.0) / 13.5));
/// ```
pub fn numeric_shaped(
    key: impl Into<String>,
    size: usize,
    normalizer: Option<impl Fn(&Symbol) -> Symbol + Send + Sync + 'static>,
) -> Column {
    let normalizer: Option<Normalizer> = match normalizer {
        Some(f) => Some(Arc::new(f)),
        None => None,
    };
    Column::new(Numeric { key: key.into(), size, normalizer })
}

impl Transform for Numeric {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn keys(&self) -> Vec<String> {
        vec![self.key.clone()]
    }
    fn dense(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        self.numbers(features)
    }
    fn numbers(&self, features: &Features) -> Result<Symbol> {
        let raw = features.get(&self.key)?;
        if raw.dtype() == DType::Str {
            return Err(Error::dtype(format!(
                "column `{}` is numeric, but the feature holds strings",
                self.key
            ))
            .note_at(
                "feature",
                format!("{} {}", raw.spec(), raw.label()),
                "created at",
                raw.node().location(),
            )
            .help("use `column::vocabulary` for words, or read the feature as numbers"));
        }
        let x = at_least_columns(raw, &self.key)?;
        if !x.dim(-1).fits(Dim::Known(self.size)) {
            return Err(Error::shape(format!(
                "column `{}` has {} numbers, the feature is {}",
                self.key,
                self.size,
                x.spec()
            ))
            .help("give the number of values per example to `numeric_shaped`"));
        }
        Ok(match &self.normalizer {
            Some(normalize) => {
                let wide = matches!(x.dtype(), DType::F64 | DType::I64);
                normalize(&x.cast(if wide { DType::F64 } else { DType::F32 })).cast(DType::F32)
            }
            None => x.cast(DType::F32),
        })
    }
}
