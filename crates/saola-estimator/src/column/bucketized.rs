//! `bucketized`: numbers by the interval that they lie in.

use saola_graph::{DType, Dim, Side, Symbol, constant};
use saola_nn::Scope;
use saola_tensor::{Error, Result, Tensor};

use super::failed::failed;
use super::{Classes, Column, RawFeature, Transform};
use crate::Features;

#[derive(Debug)]
struct Bucketized {
    source: Column,
    boundaries: Tensor,
}

/// The interval that each number of a numeric column lies in: below the first of `boundaries`, from one up to before the
/// next, from the last one on. NaN lies in the last. Boundaries ascend.
///
/// For a network it is one-hot, `[batch, size·(boundaries + 1)]`; for a linear model, an embedding or a crossing it is
/// categorical, and each of the `size` numbers of an example has its own classes. The reference's `bucketized_column`.
///
/// ```
/// use saola_estimator::column;
///
/// let age = column::bucketized(column::numeric("age"), [18.0, 25.0, 65.0]);
/// assert_eq!(age.name(), "age_bucketized");
/// ```
pub fn bucketized(source: impl Into<Column>, boundaries: impl IntoIterator<Item = f64>) -> Column {
    let (source, boundaries) = (source.into(), boundaries.into_iter().collect::<Vec<f64>>());
    let name = format!("{}_bucketized", source.name());
    // Also where one is NaN.
    let ascend = boundaries.windows(2).all(|w| w[0] < w[1]) && !boundaries.iter().any(|b| b.is_nan());
    if boundaries.is_empty() || !ascend {
        let error = Error::value(format!("the boundaries are {boundaries:?}"));
        return failed(name, error.help("give at least one, each above the one before"));
    }
    let boundaries = boundaries.into_iter().map(|b| b as f32).collect::<Vec<f32>>();
    Column::new(Bucketized { source, boundaries: Tensor::from(boundaries) })
}

impl Bucketized {
    /// How many intervals there are.
    fn intervals(&self) -> usize {
        self.boundaries.len() + 1
    }

    /// The interval of each number, `[batch, size]`, and the size.
    fn found(&self, features: &Features) -> Result<(Symbol, usize)> {
        let source = self.source.transform();
        let numbers = source.numbers(features)?;
        Ok((constant(self.boundaries.clone()).searchsorted(&numbers, Side::Right), source.size()?))
    }
}

impl Transform for Bucketized {
    fn name(&self) -> String {
        format!("{}_bucketized", self.source.name())
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        self.source.transform().raw()
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn intervals(&self) -> Option<usize> {
        Some(Bucketized::intervals(self))
    }
    fn n_classes(&self) -> Result<usize> {
        self.source.transform().size()?.checked_mul(self.intervals()).ok_or_else(|| {
            Error::value(format!("column `{}` has too many classes", self.name()))
                .help("give fewer boundaries")
        })
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let (found, size) = self.found(features)?;
        let first: Vec<i64> = (0..size).map(|i| (i * self.intervals()) as i64).collect();
        let ids = found + constant(Tensor::from(first));
        let there = ids.fill_like(1.0, DType::Bool);
        Ok(Classes { ids, there, weights: None, n: self.n_classes()? })
    }
    fn dense(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        let (found, _) = self.found(features)?;
        Ok(found.one_hot(self.intervals(), DType::F32).reshape([Dim::Any, Dim::Known(self.n_classes()?)]))
    }
}
