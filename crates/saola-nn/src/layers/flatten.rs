//! `Flatten`: all axes but the batch as one.

use saola_graph::{Dim, Symbol};
use saola_tensor::{Error, Result};

use super::spatial::data_format;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// All axes but the first as one. Shapes: `[b, ..]` gives `[b, n]` with n the product of the others; `[b]` gives
/// `[b, 1]`. Keras's `Flatten`.
#[derive(Clone, Debug, Default)]
pub struct Flatten {
    pub(crate) base: Base,
    channels_first: bool,
}

common!(Flatten);

impl Flatten {
    /// The layer.
    pub fn new() -> Flatten {
        Flatten::default()
    }

    /// Channels are the second axis, and are moved behind the others first.
    #[must_use]
    pub fn channels_first(mut self) -> Flatten {
        self.channels_first = true;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Flatten> {
        Ok(Flatten { base: config.base(), channels_first: config.channels_first()? })
    }
}

impl Layer for Flatten {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("Flatten").with("data_format", data_format(self.channels_first)))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        let moved = (self.channels_first && x.rank() > 2)
            .then(|| x.permute([0].into_iter().chain(2..x.rank()).chain([1]).collect::<Vec<_>>()));
        let x = moved.as_ref().unwrap_or(x);
        let Some((&batch, rest)) = x.dims().split_first() else {
            return Symbol::poisoned(Error::shape("Flatten: a scalar has no batch"));
        };
        let n = rest.iter().try_fold(1, |n: usize, d| d.known().and_then(|d| n.checked_mul(d)));
        match (batch, n) {
            (_, Some(n)) => x.reshape([Dim::Any, Dim::Known(n)]),
            (Dim::Known(b), None) => x.reshape([Dim::Known(b), Dim::Any]),
            (Dim::Any, None) => Symbol::poisoned(
                Error::shape(format!("Flatten: {} has more than one unknown extent", x.spec()))
                    .help("give all extents of the input but the batch"),
            ),
        }
    }
}
