//! `StringLookup`: strings as their places in a vocabulary.

use saola_graph::Symbol;
use saola_tensor::Result;

use super::index_lookup::{Lookup, lines, lookup_layer, word_lookup_layer};
use super::words::Word;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Strings as numbers: their places in a vocabulary, which was given or learned from data ([`crate::Adapt::adapt`]).
///
/// Numbers are `i64` in the shape of the input; the most frequent word of a learned vocabulary comes first. Before the
/// vocabulary come 0 for the mask, where there is one, and the numbers for words that are not in it. Other forms are
/// `f32` rows, as Keras declares them. Keras's `StringLookup`.
///
/// ```
/// use saola_nn::layers::StringLookup;
/// use saola_nn::{Adapt, Eager};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let lookup = StringLookup::new().adapt(&Tensor::from(vec!["sea", "sun", "sea"]))?;
/// let numbers = Eager::new(lookup).run(&Tensor::from(vec!["sun", "sea", "sky"]))?;
/// assert_eq!(numbers.to_vec::<i64>()?, [2, 1, 0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct StringLookup {
    pub(crate) base: Base,
    pub(super) lookup: Lookup,
}

common!(StringLookup);
lookup_layer!(StringLookup);
word_lookup_layer!(StringLookup, &str);

impl Default for StringLookup {
    fn default() -> StringLookup {
        StringLookup::new()
    }
}

impl StringLookup {
    /// With a vocabulary to be learned or given, one number for words that are not in it, and no mask.
    pub fn new() -> StringLookup {
        StringLookup { base: Base::new(), lookup: Lookup::new("StringLookup", "[UNK]".into()) }
    }

    /// The vocabulary from a file with a word on each line.
    ///
    /// # Errors
    /// A file that cannot be read, and those of `vocabulary`.
    pub fn vocabulary_file(mut self, path: impl AsRef<std::path::Path>) -> Result<StringLookup> {
        let words = lines(path.as_ref(), |line| Ok(Word::from(line)))?;
        self.lookup.set(words, None)?;
        Ok(self)
    }

    /// Two numbers that the hash of words that are not known depends on.
    #[must_use]
    pub fn salt(mut self, salt: [u64; 2]) -> StringLookup {
        self.lookup.salt = Some(salt);
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<StringLookup> {
        config.only("encoding", &"utf-8".into())?;
        config.only("vocabulary_dtype", &"string".into())?;
        StringLookup::read(StringLookup::new().lookup, config)
    }
}

impl Layer for StringLookup {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        self.own_config(LayerConfig::new("StringLookup").with("encoding", "utf-8"))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.lookup.call(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
