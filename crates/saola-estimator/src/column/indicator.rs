//! `indicator`: a vector of counts for each example.

use saola_graph::Symbol;
use saola_nn::Scope;
use saola_tensor::{DType, Result};

use super::{Column, Transform, at_least_columns};
use crate::Features;

#[derive(Debug)]
struct Indicator(Column);

/// For each example a vector with a place for each class of `categorical`: how often the class occurs, zeros where
/// there is none. The reference's `indicator_column`.
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
        let (ids, classes) = self.0.transform().ids(features)?;
        if ids.rank() == 1 {
            return Ok(ids.one_hot(classes, DType::F32));
        }
        Ok(at_least_columns(&ids, &self.0.name())?.one_hot(classes, DType::F32).sum_over(-2))
    }
}
