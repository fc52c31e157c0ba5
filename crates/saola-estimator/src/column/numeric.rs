//! `numeric`: numbers as they are, or normalized.

use std::sync::Arc;

use saola_graph::{Dim, Symbol};
use saola_nn::Scope;
use saola_tensor::{DType, Error, Result};

use super::raw::wrong;
use super::{Column, Transform};
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
/// integers, as times in seconds, keep their last digits. What it returns is converted to f32. A feature with further
/// axes is flattened.
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

impl Numeric {
    /// The feature as `[batch, size]`.
    fn rows(&self, raw: &Symbol) -> Result<Symbol> {
        let misfit = || {
            wrong(
                Error::shape(format!(
                    "column `{}` has {} numbers, the feature is {}",
                    self.key,
                    self.size,
                    raw.spec()
                )),
                raw,
            )
            .help("give the number of values per example to `numeric_shaped`")
        };
        let dims = [Dim::Any, Dim::Known(self.size)];
        match raw.rank() {
            0 => Err(Error::shape(format!("feature `{}` is a scalar", self.key))
                .help("features have one row for each example")),
            1 if self.size == 1 => Ok(raw.expand_dims(-1)),
            1 => Err(misfit()),
            2 if raw.dim(-1).fits(dims[1]) => Ok(raw.ensure_shape(dims)),
            2 => Err(misfit()),
            _ => {
                let extents: Option<Vec<usize>> = raw.dims().iter().skip(1).map(|d| d.known()).collect();
                let many = extents.and_then(|e| e.iter().try_fold(1usize, |a, &b| a.checked_mul(b)));
                if many == Some(self.size) { Ok(raw.reshape(dims)) } else { Err(misfit()) }
            }
        }
    }
}

impl Transform for Numeric {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn keys(&self) -> Vec<String> {
        vec![self.key.clone()]
    }
    fn size(&self) -> Result<usize> {
        Ok(self.size)
    }
    fn numbers(&self, features: &Features) -> Result<Symbol> {
        let raw = features.get(&self.key)?.check()?;
        if raw.dtype() == DType::Str {
            return Err(wrong(
                Error::dtype(format!("column `{}` is numeric, but the feature holds strings", self.key)),
                raw,
            )
            .help("use `column::vocabulary` for words, or read the feature as numbers"));
        }
        let x = self.rows(raw)?;
        Ok(match &self.normalizer {
            Some(normalize) => {
                let wide = matches!(x.dtype(), DType::F64 | DType::I64);
                let y = normalize(&x.cast(if wide { DType::F64 } else { DType::F32 })).cast(DType::F32);
                y.ensure_shape([Dim::Any, Dim::Known(self.size)])
            }
            None => x.cast(DType::F32),
        })
    }
    fn dense(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        self.numbers(features)
    }
}
