//! `Hashing`: a bin for each string or integer.

use saola_graph::{DType, Symbol, select};
use saola_tensor::{Error, Result};
use serde_json::Value;

use super::encoding::{OutputMode, encode};
use super::words::Word;
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// One of `num_bins` bins for each string or integer, by a hash: that of TensorFlow for everybody, or with a salt one that
/// only who knows the salt can foresee.
///
/// Integers are hashed as their decimal digits; of floats, the fraction is cut off. With a mask value, bin 0 is that of this
/// value alone. Shapes stay, with bins as `i64`; other forms are `f32` rows of `num_bins` numbers. Keras's `Hashing`.
#[derive(Clone, Debug)]
pub struct Hashing {
    pub(crate) base: Base,
    num_bins: usize,
    mask_value: Option<Word>,
    salt: Option<[u64; 2]>,
    output_mode: OutputMode,
}

common!(Hashing);

impl Hashing {
    /// With `num_bins` bins and no salt.
    pub fn new(num_bins: usize) -> Hashing {
        Hashing { base: Base::new(), num_bins, mask_value: None, salt: None, output_mode: OutputMode::Int }
    }

    /// The string or integer that bin 0 is kept for.
    #[must_use]
    pub fn mask_value(mut self, value: impl Into<Word>) -> Hashing {
        self.mask_value = Some(value.into());
        self
    }

    /// Two numbers that the hash depends on.
    #[must_use]
    pub fn salt(mut self, salt: [u64; 2]) -> Hashing {
        self.salt = Some(salt);
        self
    }

    /// The form of the bins; the numbers themselves by default.
    #[must_use]
    pub fn output_mode(mut self, output_mode: OutputMode) -> Hashing {
        self.output_mode = output_mode;
        self
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<Hashing> {
        config.only("sparse", &false.into())?;
        let mask_value = match config.value("mask_value") {
            Some(value) => {
                let word = Word::of_json(&value);
                Some(word.ok_or_else(|| config.refuse("mask_value", &value, "a text or a whole number"))?)
            }
            None => None,
        };
        let modes = ["int", "one_hot", "multi_hot", "count"];
        Ok(Hashing {
            base: config.base(),
            num_bins: config.size("num_bins")?,
            mask_value,
            salt: config.salt()?,
            output_mode: OutputMode::of(config.word("output_mode", &modes)?),
        })
    }

    fn bins(&self, x: &Symbol) -> Result<Symbol> {
        if self.num_bins == 0 || self.output_mode == OutputMode::TfIdf {
            let (n, mode) = (self.num_bins, self.output_mode.name());
            return Err(Error::value(format!("Hashing: {n} bins as `{mode}`"))
                .help("give at least one bin, and another form than `tf_idf`"));
        }
        let x = if x.dtype().is_float() { x.cast(DType::I64) } else { x.clone() };
        let masked = match self.mask_value.as_ref().filter(|_| self.num_bins > 1) {
            Some(word) => Some(word.same(&x)?),
            None => None,
        };
        let bins = self.num_bins - usize::from(masked.is_some());
        let hashed = hashed(&x, bins, self.salt);
        let bins = match masked {
            Some(masked) => select(&masked, hashed.zeros_like(), hashed + 1),
            None => hashed,
        };
        encode("Hashing", &bins, self.output_mode, self.num_bins, None, None)
    }
}

/// A number from 0 up to `bins` for each string or integer.
pub(super) fn hashed(x: &Symbol, bins: usize, salt: Option<[u64; 2]>) -> Symbol {
    let x = if x.dtype() == DType::Str { x.clone() } else { x.as_string() };
    match salt {
        Some(key) => x.string_hash_strong(bins, key),
        None => x.string_hash_bucket(bins),
    }
}

impl Layer for Hashing {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        let mask_value = self.mask_value.as_ref().map_or(Ok(Value::Null), Word::json)?;
        Ok(LayerConfig::new("Hashing")
            .with("num_bins", self.num_bins)
            .with("salt", self.salt.map(Vec::from))
            .with("mask_value", mask_value)
            .with("output_mode", self.output_mode.name())
            .with("sparse", false)
            .dtype(if self.output_mode == OutputMode::Int { DType::I64 } else { DType::F32 }))
    }

    fn call(&self, _cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.bins(x).unwrap_or_else(Symbol::poisoned)
    }
}
