//! `CategoryEncoding`: numbers of categories as rows.

use saola_graph::{DType, Symbol};
use saola_tensor::{Error, Result};

use super::encoding::{OutputMode, encode};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Numbers of categories from 0 up as rows of `num_tokens` numbers.
///
/// Shapes: `[batch, n]` gives `[batch, num_tokens]`, one list for each example; as one-hot rows `[..]` gives
/// `[.., num_tokens]`. A number outside of `0..num_tokens` is an error of the run, where Keras may leave it out; as a
/// one-hot row it is zeros. Keras's `CategoryEncoding`; counts take the argument `count_weights` of the call.
#[derive(Clone, Debug)]
pub struct CategoryEncoding {
    pub(crate) base: Base,
    num_tokens: usize,
    output_mode: OutputMode,
}

common!(CategoryEncoding);

impl CategoryEncoding {
    /// Rows of `num_tokens` numbers with a 1 at each number of a list.
    pub fn new(num_tokens: usize) -> CategoryEncoding {
        CategoryEncoding { base: Base::new(), num_tokens, output_mode: OutputMode::MultiHot }
    }

    /// The form of the rows.
    #[must_use]
    pub fn output_mode(mut self, output_mode: OutputMode) -> CategoryEncoding {
        self.output_mode = output_mode;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<CategoryEncoding> {
        config.only("sparse", &false.into())?;
        Ok(CategoryEncoding {
            base: config.base(),
            num_tokens: config.size("num_tokens")?,
            output_mode: OutputMode::of(config.word("output_mode", &["multi_hot", "one_hot", "count"])?),
        })
    }

    fn encoded(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let modes = [OutputMode::MultiHot, OutputMode::OneHot, OutputMode::Count];
        if self.num_tokens == 0 || !modes.contains(&self.output_mode) {
            let (n, mode) = (self.num_tokens, self.output_mode.name());
            return Err(Error::value(format!("CategoryEncoding: {n} tokens as `{mode}`"))
                .help("give at least one token, and `one_hot`, `multi_hot` or `count`"));
        }
        let weights = cx.symbol_argument("count_weights");
        if weights.is_some() && self.output_mode != OutputMode::Count {
            return Err(Error::value("CategoryEncoding: `count_weights` without counts")
                .help("ask for `OutputMode::Count`"));
        }
        let x = if x.dtype().is_float() { x.cast(DType::I64) } else { x.clone() };
        encode("CategoryEncoding", &x, self.output_mode, self.num_tokens, None, weights.as_ref())
    }
}

impl Layer for CategoryEncoding {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        Ok(LayerConfig::new("CategoryEncoding")
            .with("num_tokens", self.num_tokens)
            .with("output_mode", self.output_mode.name()))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.encoded(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
