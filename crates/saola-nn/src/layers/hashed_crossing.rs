//! `HashedCrossing`: a bin for each combination.

use saola_graph::{DType, Symbol, cross_hash};
use saola_tensor::{Error, Result};

use super::encoding::{OutputMode, encode};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// One of `num_bins` bins for each combination of strings and integers, by a hash.
///
/// Takes two inputs or more, all `[]`, `[batch]` or `[batch, 1]`, and gives bins as `i64` of that shape, or one-hot rows
/// `[.., num_bins]`. Keras's `HashedCrossing`.
#[derive(Clone, Debug)]
pub struct HashedCrossing {
    pub(crate) base: Base,
    num_bins: usize,
    output_mode: OutputMode,
}

common!(HashedCrossing);

impl HashedCrossing {
    /// With `num_bins` bins.
    pub fn new(num_bins: usize) -> HashedCrossing {
        HashedCrossing { base: Base::new(), num_bins, output_mode: OutputMode::Int }
    }

    /// The form of the bins: the numbers themselves, or one-hot rows.
    #[must_use]
    pub fn output_mode(mut self, output_mode: OutputMode) -> HashedCrossing {
        self.output_mode = output_mode;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<HashedCrossing> {
        config.only("sparse", &false.into())?;
        Ok(HashedCrossing {
            base: config.base(),
            num_bins: config.size("num_bins")?,
            output_mode: OutputMode::of(config.word("output_mode", &["int", "one_hot"])?),
        })
    }

    fn bins(&self, xs: &[Symbol]) -> Result<Symbol> {
        let fault = |text: String| Error::value(format!("HashedCrossing: {text}"));
        if xs.len() < 2 {
            return Err(fault(format!("{} inputs", xs.len())).help("give at least two to combine"));
        }
        if !matches!(self.output_mode, OutputMode::Int | OutputMode::OneHot) {
            return Err(fault(format!("bins as `{}`", self.output_mode.name())).help("ask for `one_hot`"));
        }
        if let Some(x) = xs.iter().find(|x| x.rank() > 2 || x.rank() == 2 && !x.dim(-1).fits(1.into())) {
            return Err(fault(format!("an input of {}", x.dims()))
                .help("each input has one value for each example: [batch] or [batch, 1]"));
        }
        let bins = cross_hash(xs, self.num_bins);
        encode("HashedCrossing", &bins, self.output_mode, self.num_bins, None, None)
    }
}

impl Layer for HashedCrossing {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("HashedCrossing")
            .with("num_bins", self.num_bins)
            .with("output_mode", self.output_mode.name())
            .with("sparse", false)
            .dtype(if self.output_mode == OutputMode::Int { DType::I64 } else { DType::F32 })
            .taking_list()
            .bare())
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.call_many(cx, std::slice::from_ref(x))
    }

    fn call_many(&self, _cx: &mut Scope<'_>, xs: &[Symbol]) -> Symbol {
        self.bins(xs).unwrap_or_else(Symbol::poisoned)
    }
}
