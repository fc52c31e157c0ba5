//! `embedding`: a vector that is learned for each class.

use saola_graph::{Axes, Symbol};
use saola_nn::Scope;
use saola_nn::initializers::TruncatedNormal;
use saola_tensor::{DType, Error, Result};

use super::{Column, Transform, at_least_columns};
use crate::Features;

#[derive(Debug)]
struct Embedding {
    categorical: Column,
    dimension: usize,
}

/// For each example the mean of the vectors of its classes, zeros where there is none. The vectors are a weight,
/// `<name>/embedding_weights` of shape `[classes, dimension]`, that begins as a truncated normal of deviation
/// 1/√dimension. The reference's `embedding_column` with its default combiner.
///
/// ```
/// use saola_estimator::column;
///
/// let city = column::embedding(column::vocabulary("city", ["Rome", "Oslo", "Lima"]), 2);
/// assert_eq!(city.name(), "city_embedding");
/// ```
pub fn embedding(categorical: impl Into<Column>, dimension: usize) -> Column {
    Column::new(Embedding { categorical: categorical.into(), dimension })
}

impl Transform for Embedding {
    fn name(&self) -> String {
        format!("{}_embedding", self.categorical.name())
    }
    fn keys(&self) -> Vec<String> {
        self.categorical.keys()
    }
    fn dense(&self, features: &Features, cx: &mut Scope<'_>) -> Result<Symbol> {
        if self.dimension == 0 {
            return Err(Error::value(format!("column `{}` has dimension 0", self.name())));
        }
        let (ids, classes) = self.categorical.transform().ids(features)?;
        let initial = TruncatedNormal { mean: 0.0, stddev: 1.0 / (self.dimension as f64).sqrt() };
        let table = cx.weight("embedding_weights", [classes, self.dimension], initial);
        let ids = at_least_columns(&ids, &self.name())?;
        let present = ids.greater_equal(0).cast(DType::F32);
        let rows = table.gather(&ids.maximum(0), 0);
        let sum = (rows * present.expand_dims(-1)).sum_over(-2);
        let count = present.sum_over(Axes::from(-1).keep()).maximum(1.0);
        Ok(sum / count)
    }
}
