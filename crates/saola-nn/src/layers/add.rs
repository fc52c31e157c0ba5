//! `Add`: the sum of several inputs.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// The sum of its inputs, which broadcast. Keras's `Add`.
#[derive(Clone, Debug, Default)]
pub struct Add {
    pub(crate) base: Base,
}

common!(Add);

impl Add {
    /// The layer.
    pub fn new() -> Add {
        Add::default()
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Add> {
        Ok(Add { base: config.base() })
    }
}

impl Layer for Add {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Add").taking_list())
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        x.clone()
    }

    fn call_many(&self, _cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        match xs.split_first() {
            Some((first, rest)) => rest.iter().fold(first.clone(), |sum, x| sum + x),
            None => Symbol::poisoned(Error::value("Add: no inputs were given")),
        }
    }
}
