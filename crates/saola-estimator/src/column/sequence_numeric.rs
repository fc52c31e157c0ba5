//! `sequence_numeric`: numbers for each step of time.

use std::sync::Arc;

use saola_graph::{DType, Dim, Symbol, select, stack};
use saola_nn::Scope;
use saola_tensor::{Error, Result};

use super::raw::{rows, wrong};
use super::sequence::{Sequence, lengths};
use super::{Column, RawFeature, RawValues, Transform};
use crate::Features;

type Normalizer = Arc<dyn Fn(&Symbol) -> Symbol + Send + Sync>;

/// [`sequence_numeric`] with its settings; a [`Column`] comes of it with `into`.
#[derive(Clone)]
#[must_use]
pub struct SequenceNumeric {
    key: String,
    size: usize,
    default: f64,
    normalizer: Option<Normalizer>,
}

impl std::fmt::Debug for SequenceNumeric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "sequence_numeric({:?}, [{}])", self.key, self.size)
    }
}

/// The numbers of the feature `key`, `[batch, time]`, as sequences, `[batch, time, 1]`. Sequences of unequal lengths are
/// padded with NaN, in place of which models see 0. The reference's `sequence_numeric_column`.
///
/// ```
/// use saola_estimator::column;
///
/// let heartbeat = column::sequence_numeric("heartbeat");
/// assert_eq!(heartbeat.name(), "heartbeat");
/// ```
pub fn sequence_numeric(key: impl Into<String>) -> Column {
    SequenceNumeric::new(key).into()
}

impl SequenceNumeric {
    /// The numbers of the feature `key`, as [`sequence_numeric`].
    pub fn new(key: impl Into<String>) -> SequenceNumeric {
        SequenceNumeric { key: key.into(), size: 1, default: 0.0, normalizer: None }
    }

    /// How many numbers a step has: the feature is `[batch, time·size]`.
    pub fn size(mut self, size: usize) -> SequenceNumeric {
        self.size = size;
        self
    }

    /// What models see where there is no number; 0 by default.
    pub fn default_value(mut self, default: f64) -> SequenceNumeric {
        self.default = default;
        self
    }

    /// A function that is applied to the numbers first, in `f32`.
    pub fn normalizer(mut self, f: impl Fn(&Symbol) -> Symbol + Send + Sync + 'static) -> SequenceNumeric {
        self.normalizer = Some(Arc::new(f));
        self
    }
}

impl From<SequenceNumeric> for Column {
    fn from(column: SequenceNumeric) -> Column {
        if column.size == 0 {
            let error = Error::value("steps of no numbers").help("give a size of at least 1");
            return super::failed::failed(column.key, error);
        }
        Column::new(column)
    }
}

impl Transform for SequenceNumeric {
    fn name(&self) -> String {
        self.key.clone()
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        let values = RawValues::Steps;
        Ok(vec![RawFeature { key: self.key.clone(), dtype: DType::F32, values }])
    }
    fn is_sequence(&self) -> bool {
        true
    }
    fn dense(&self, _features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        Err(Error::value(format!("column `{}` is a sequence", self.key))
            .help("give it to `sequence_features`, or use `column::numeric`"))
    }
    fn sequence(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Sequence> {
        let raw = features.padded(&self.key)?.check()?;
        if raw.dtype() == DType::Str || raw.dtype() == DType::Bool {
            let error =
                Error::dtype(format!("column `{}` is numeric, the feature is {}", self.key, raw.dtype()));
            return Err(wrong(error, raw).help("read the feature as numbers"));
        }
        if raw.rank() == 2 && raw.dim(-1).known().is_some_and(|n| n % self.size != 0) {
            let error = Error::shape(format!("column `{}` has {} numbers a step", self.key, self.size));
            return Err(wrong(error, raw).help("give as many numbers for each step"));
        }
        let x = rows(raw, &self.key)?.cast(DType::F32);
        let there = x.is_nan().logical_not();
        let y = match &self.normalizer {
            None => x,
            Some(normalize) => normalize(&x).cast(DType::F32),
        };
        let y = select(&there, y, self.default);
        // The numbers of a step stand side by side: each of them is every `size`-th of the row.
        let part = |x: &Symbol, i: usize| {
            let span = saola_graph::Span::from(i as isize..).step(self.size as isize);
            x.strided_slice(vec![saola_graph::Span::from(..), span])
        };
        let values: Vec<Symbol> = (0..self.size).map(|i| part(&y, i)).collect();
        let there: Vec<Symbol> = (0..self.size).map(|i| part(&there, i).cast(DType::I64)).collect();
        let values = stack(&values, -1).ensure_shape([Dim::Any, Dim::Any, Dim::Known(self.size)]);
        let any = stack(&there, -1).max_over(-1).greater(0);
        Ok(Sequence { values, lengths: lengths(&any) })
    }
}
