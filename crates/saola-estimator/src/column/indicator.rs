//! `indicator`: a vector of counts for each example.

use saola_graph::{Dim, Symbol};
use saola_nn::Scope;
use saola_tensor::{DType, Result};

use super::sequence::{Sequence, classes_for, lengths};
use super::{Column, RawFeature, Transform};
use crate::Features;

#[derive(Debug)]
struct Indicator(Column);

/// For each example a vector with a place for each class of `categorical`: how often the class occurs, or the sum of
/// its weights where the column is [`weighted`](super::weighted); zeros where there is none. The reference's
/// `indicator_column`.
pub fn indicator(categorical: impl Into<Column>) -> Column {
    Column::new(Indicator(categorical.into()))
}

impl Transform for Indicator {
    fn name(&self) -> String {
        format!("{}_indicator", self.0.name())
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        self.0.transform().raw()
    }
    fn dense(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        let found = classes_for(&self.name(), &self.0, features, false)?;
        let counts = match &found.weights {
            None if found.ids.dim(-1) == Dim::Known(1) => {
                return Ok(found.ids.squeeze(-1).one_hot(found.n, DType::F32));
            }
            None => found.ids.one_hot(found.n, DType::F32),
            Some(weights) => found.ids.one_hot(found.n, DType::F32) * weights.expand_dims(-1),
        };
        Ok(counts.sum_over(-2))
    }
    fn sequence(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Sequence> {
        let found = classes_for(&self.name(), &self.0, features, true)?;
        Ok(Sequence { values: found.ids.one_hot(found.n, DType::F32), lengths: lengths(&found.there) })
    }
}
