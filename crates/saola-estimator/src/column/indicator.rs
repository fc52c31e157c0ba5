//! `indicator`: a vector of counts for each example.

use saola_graph::{Dim, Symbol};
use saola_nn::Scope;
use saola_tensor::{DType, Result};

use super::{Classes, Column, Transform};
use crate::Features;

#[derive(Debug)]
struct Indicator(Column);

/// For each example a vector with a place for each class of `categorical`: how often the class occurs, or the sum of its
/// weights, zeros where there is none. The reference's `indicator_column`.
pub fn indicator(categorical: impl Into<Column>) -> Column {
    Column::new(Indicator(categorical.into()))
}

impl Transform for Indicator {
    fn name(&self) -> String {
        format!("{}_indicator", self.0.name())
    }
    fn keys(&self) -> Vec<String> {
        self.0.keys()
    }
    fn dense(&self, features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        let Classes { ids, weights, count } = self.0.transform().classes(features)?;
        let hot = ids.one_hot(count, DType::F32);
        Ok(match weights {
            Some(weights) => (hot * weights.expand_dims(-1)).sum_over(-2),
            None if ids.dim(-1) == Dim::Known(1) => hot.squeeze(-2),
            None => hot.sum_over(-2),
        })
    }
}
