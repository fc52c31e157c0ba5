//! `RepeatVector`: a vector several times, as a sequence.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Each example `n` times, as the steps of a sequence. Shapes: `[batch, features]` gives `[batch, n, features]`. Keras's
/// `RepeatVector`.
#[derive(Clone, Debug)]
pub struct RepeatVector {
    pub(crate) base: Base,
    n: usize,
}

common!(RepeatVector);

impl RepeatVector {
    /// So many times.
    pub fn new(n: usize) -> RepeatVector {
        RepeatVector { base: Base::new(), n }
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<RepeatVector> {
        Ok(RepeatVector { base: config.base(), n: config.size("n")? })
    }
}

impl Layer for RepeatVector {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("RepeatVector").with("n", self.n))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        if x.rank() != 2 && x.error().is_none() {
            let error = Error::shape(format!("RepeatVector: the input is {}", x.spec())).with_note(x.note());
            return Symbol::poisoned(error.help("the input has a batch and features: 2 axes"));
        }
        x.expand_dims(1).repeat(self.n, 1)
    }
}
