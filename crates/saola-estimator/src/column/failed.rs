//! A column that cannot be: its mistake comes out where it is used.

use saola_graph::Symbol;
use saola_nn::Scope;
use saola_tensor::{Error, Result};

use super::{Classes, Column, CrossKey, RawFeature, Sequence, Transform};
use crate::Features;

#[derive(Debug)]
struct Failed {
    name: String,
    error: Error,
}

/// A column of this name whose every use is `error`.
pub(super) fn failed(name: String, error: Error) -> Column {
    let error = error.context(format!("column `{name}`"));
    Column::new(Failed { name, error })
}

impl Transform for Failed {
    fn name(&self) -> String {
        self.name.clone()
    }
    fn raw(&self) -> Result<Vec<RawFeature>> {
        Err(self.error.clone())
    }
    fn is_categorical(&self) -> bool {
        true
    }
    fn n_classes(&self) -> Result<usize> {
        Err(self.error.clone())
    }
    fn classes(&self, _features: &Features) -> Result<Classes> {
        Err(self.error.clone())
    }
    fn leaves(&self) -> Result<Option<Vec<CrossKey>>> {
        Err(self.error.clone())
    }
    fn size(&self) -> Result<usize> {
        Err(self.error.clone())
    }
    fn numbers(&self, _features: &Features) -> Result<Symbol> {
        Err(self.error.clone())
    }
    fn sequence(&self, _features: &Features, _cx: &mut Scope<'_>) -> Result<Sequence> {
        Err(self.error.clone())
    }
    fn dense(&self, _features: &Features, _cx: &mut Scope<'_>) -> Result<Symbol> {
        Err(self.error.clone())
    }
}
