//! `bucketized`: which of several ranges a number lies in.

use saola_graph::{Dim, Side, Symbol, constant};
use saola_nn::Scope;
use saola_tensor::{DType, Error, Result};

use super::{Classes, Column, Crossing, Transform};
use crate::Features;

#[derive(Debug)]
struct Bucketized {
    source: Column,
    boundaries: Vec<f32>,
}

/// The range that each number of the numeric column `source` lies in: below the first of the ascending `boundaries`, from
/// one (included) to the next, or from the last on. As a dense column a one-hot vector for each number, as a categorical
/// one a class for each range. The reference's `bucketized_column`.
///
/// ```
/// use saola_estimator::column;
///
/// let age = column::bucketized(column::numeric("age"), [18.0, 30.0, 65.0]);
/// assert_eq!(age.name(), "age_bucketized");
/// ```
pub fn bucketized(source: impl Into<Column>, boundaries: impl Into<Vec<f32>>) -> Column {
    Column::new(Bucketized { source: source.into(), boundaries: boundaries.into() })
}

impl Bucketized {
    /// The ranges, `[batch, size]`, how many numbers each example has, and how many ranges there are.
    fn ranges(&self, features: &Features) -> Result<(Symbol, usize, usize)> {
        let sorted = self.boundaries.windows(2).all(|w| w[0] < w[1]);
        if self.boundaries.is_empty() || !sorted || self.boundaries.iter().any(|b| b.is_nan()) {
            return Err(Error::value(format!(
                "the boundaries of column `{}` are {:?}",
                self.name(),
                self.boundaries
            ))
            .help("give at least one boundary, in ascending order"));
        }
        let x = self.source.transform().numbers(features)?;
        let Dim::Known(size) = x.dim(-1) else {
            return Err(Error::shape(format!("column `{}` is {}", self.source.name(), x.spec()))
                .help("say how many numbers there are with `numeric_shaped`"));
        };
        let ranges = constant(self.boundaries.clone()).searchsorted(&x, Side::Right);
        Ok((ranges, size, self.boundaries.len() + 1))
    }
}

impl Transform for Bucketized {
    fn name(&self) -> String {
        format!("{}_bucketized", self.source.name())
    }
    fn keys(&self) -> Vec<String> {
        self.source.keys()
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn crossing(&self) -> Crossing {
        Crossing::Itself
    }
    fn classes(&self, features: &Features) -> Result<Classes> {
        let (ranges, size, n) = self.ranges(features)?;
        let offsets: Vec<i64> = (0..size).map(|i| (i * n) as i64).collect();
        Ok(Classes { ids: ranges + &constant(offsets).expand_dims(0), weights: None, count: size * n })
    }
    fn dense(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        let (ranges, size, n) = self.ranges(features)?;
        Ok(ranges.one_hot(n, DType::F32).reshape([Dim::Any, Dim::Known(size * n)]))
    }
}
