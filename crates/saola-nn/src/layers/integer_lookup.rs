//! `IntegerLookup`: integers as their places in a vocabulary.

use saola_graph::Symbol;
use saola_tensor::{Error, Result};

use super::index_lookup::{Lookup, lines, lookup_layer, word_lookup_layer};
use super::words::Word;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// Integers as numbers: their places in a vocabulary, which was given or learned from data ([`crate::Adapt::adapt`]).
///
/// Numbers are `i64` in the shape of the input; the most frequent word of a learned vocabulary comes first. Before the
/// vocabulary come 0 for the mask, where there is one, and the numbers for words that are not in it. Other forms are
/// `f32` rows, as Keras declares them. Keras's `IntegerLookup`.
#[derive(Clone, Debug)]
pub struct IntegerLookup {
    pub(crate) base: Base,
    pub(super) lookup: Lookup,
}

common!(IntegerLookup);
lookup_layer!(IntegerLookup);
word_lookup_layer!(IntegerLookup, i64);

impl Default for IntegerLookup {
    fn default() -> IntegerLookup {
        IntegerLookup::new()
    }
}

impl IntegerLookup {
    /// With a vocabulary to be learned or given, one number for words that are not in it, and no mask.
    pub fn new() -> IntegerLookup {
        IntegerLookup { base: Base::new(), lookup: Lookup::new("IntegerLookup", Word::Number(-1)) }
    }

    /// The vocabulary from a file with a word on each line.
    ///
    /// # Errors
    /// A file that cannot be read, and those of `vocabulary`.
    pub fn vocabulary_file(mut self, path: impl AsRef<std::path::Path>) -> Result<IntegerLookup> {
        let words = lines(path.as_ref(), |line| {
            let number = line.trim().parse().map(Word::Number);
            number.map_err(|_| Error::format(format!("IntegerLookup: `{line}` is no integer")))
        })?;
        self.lookup.set(words, None)?;
        Ok(self)
    }

    /// Two numbers that the hash of words that are not known depends on.
    #[must_use]
    pub fn salt(mut self, salt: [u64; 2]) -> IntegerLookup {
        self.lookup.salt = Some(salt);
        self.lookup.farmhash = true;
        self
    }

    /// Whether integers that are not known get their number by a hash of their digits, instead of by remainder.
    #[must_use]
    pub fn farmhash(mut self, farmhash: bool) -> IntegerLookup {
        self.lookup.farmhash = farmhash;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<IntegerLookup> {
        config.only("vocabulary_dtype", &"int64".into())?;
        IntegerLookup::read(IntegerLookup::new().lookup, config)
    }
}

impl Layer for IntegerLookup {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        self.own_config(LayerConfig::new("IntegerLookup").with("vocabulary_dtype", "int64"))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.lookup.call(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
