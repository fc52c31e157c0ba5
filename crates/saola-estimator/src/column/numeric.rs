//! `numeric`: numbers as they are, or normalized.

use std::sync::Arc;

use saola_graph::{Dim, Symbol};
use saola_nn::Scope;
use saola_tensor::{DType, Error, Result};

use super::failed::failed;
use super::raw::wrong;
use super::{Column, RawFeature, RawValues, Transform};
use crate::Features;

type Normalizer = Arc<dyn Fn(&Symbol) -> Symbol + Send + Sync>;

/// [`numeric`] with its settings; a [`Column`] comes of it with `into`.
///
/// ```
/// use saola_estimator::column;
/// use saola_graph::Symbol;
///
/// let years = |x: &Symbol| (x - 40.0) / 13.5;
/// let age: column::Column = column::Numeric::new("age").normalizer(years).default_value([40.0]).into();
/// ```
#[derive(Clone)]
#[must_use]
pub struct Numeric {
    key: String,
    shape: Vec<usize>,
    dtype: DType,
    default: Option<Vec<f64>>,
    normalizer: Option<Normalizer>,
}

impl std::fmt::Debug for Numeric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "numeric({:?}, {:?})", self.key, self.shape)
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
    Numeric::new(key).into()
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
    let column = Numeric::new(key).shape([size]);
    match normalizer {
        Some(f) => column.normalizer(f).into(),
        None => column.into(),
    }
}

impl Numeric {
    /// The number that the feature `key` is, as [`numeric`].
    pub fn new(key: impl Into<String>) -> Numeric {
        Numeric { key: key.into(), shape: vec![1], dtype: DType::F32, default: None, normalizer: None }
    }

    /// The shape of an example's numbers, `[1]` by default. Models see them flattened.
    pub fn shape(mut self, shape: impl Into<Vec<usize>>) -> Numeric {
        self.shape = shape.into();
        self
    }

    /// A function that is applied to the numbers first, see [`numeric_shaped`].
    pub fn normalizer(mut self, f: impl Fn(&Symbol) -> Symbol + Send + Sync + 'static) -> Numeric {
        self.normalizer = Some(Arc::new(f));
        self
    }

    /// What stands in where an example has no such feature, see [`super::make_parse_example_spec`]: one value, or as many
    /// as the shape has.
    pub fn default_value(mut self, values: impl Into<Vec<f64>>) -> Numeric {
        self.default = Some(values.into());
        self
    }

    /// The type of the values in an example, `F32` by default, or `I64`.
    pub fn dtype(mut self, dtype: DType) -> Numeric {
        self.dtype = dtype;
        self
    }
}

impl From<Numeric> for Column {
    fn from(numeric: Numeric) -> Column {
        let many = numeric.shape.iter().try_fold(1usize, |n, &d| n.checked_mul(d));
        match many {
            Some(size) if size > 0 => Column::new(Numbers { size, numeric }),
            _ => {
                let error = Error::value(format!("numbers of shape {:?}", numeric.shape));
                failed(numeric.key, error.help("give extents of at least 1"))
            }
        }
    }
}

/// A numeric column, and how many numbers an example has.
#[derive(Debug)]
struct Numbers {
    size: usize,
    numeric: Numeric,
}

impl Numbers {
    /// The feature as `[batch, size]`.
    fn rows(&self, raw: &Symbol) -> Result<Symbol> {
        let misfit = || {
            wrong(
                Error::shape(format!(
                    "column `{}` has {} numbers, the feature is {}",
                    self.numeric.key,
                    self.size,
                    raw.spec()
                )),
                raw,
            )
            .help("give the number of values per example to `numeric_shaped`")
        };
        let dims = [Dim::Any, Dim::Known(self.size)];
        match raw.rank() {
            0 => Err(Error::shape(format!("feature `{}` is a scalar", self.numeric.key))
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

impl Transform for Numbers {
    fn name(&self) -> String {
        self.numeric.key.clone()
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        let values = RawValues::Fixed(self.numeric.shape.clone(), self.numeric.default.clone());
        Ok(vec![RawFeature { key: self.numeric.key.clone(), dtype: self.numeric.dtype, values }])
    }
    fn size(&self) -> Result<usize> {
        Ok(self.size)
    }
    fn numbers(&self, features: &Features) -> Result<Symbol> {
        let raw = features.get(&self.numeric.key)?.check()?;
        if raw.dtype() == DType::Str {
            return Err(wrong(
                Error::dtype(format!(
                    "column `{}` is numeric, but the feature holds strings",
                    self.numeric.key
                )),
                raw,
            )
            .help("use `column::vocabulary` for words, or read the feature as numbers"));
        }
        let x = self.rows(raw)?;
        Ok(match &self.numeric.normalizer {
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
