//! What layers with a vocabulary have in common: how words become numbers, and how the words are learned.
//!
//! Numbers begin with those of special words: in the form of numbers 0 for the mask, where there is one, then those for
//! words that are not known, then the vocabulary, the most frequent word first.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{DType, Symbol, select};
use saola_tensor::{Error, Result, Tensor};
use serde_json::{Value, json};

use super::encoding::{OutputMode, encode};
use super::hashing::hashed;
use super::words::{Word, tensor, word_at, words};
use crate::config::ConfigReader;
use crate::{LayerConfig, Scope};

/// The file of a learned vocabulary.
pub(super) const ASSET: &str = "vocabulary.txt";

/// The settings of such a layer, and what it knows.
#[derive(Clone, Debug)]
pub(super) struct Lookup {
    pub(super) class: &'static str,
    pub(super) max_tokens: Option<usize>,
    pub(super) num_oov_indices: usize,
    pub(super) mask_token: Option<Word>,
    pub(super) oov_token: Word,
    pub(super) invert: bool,
    pub(super) output_mode: OutputMode,
    pub(super) pad_to_max_tokens: bool,
    /// Whether integers that are not known are hashed as their digits, instead of taken by remainder.
    pub(super) farmhash: bool,
    pub(super) salt: Option<[u64; 2]>,
    /// The vocabulary as it was given, for the file.
    pub(super) given: Option<Arc<Vec<Word>>>,
    pub(super) given_idf: Option<Vec<f64>>,
    /// The words behind the special ones.
    pub(super) words: Option<Arc<Vec<Word>>>,
    /// The weight of each number, special ones included.
    pub(super) idf: Option<Vec<f32>>,
}

impl Lookup {
    pub(super) fn new(class: &'static str, oov_token: Word) -> Lookup {
        Lookup {
            class,
            max_tokens: None,
            num_oov_indices: 1,
            mask_token: None,
            oov_token,
            invert: false,
            output_mode: OutputMode::Int,
            pad_to_max_tokens: false,
            farmhash: false,
            salt: None,
            given: None,
            given_idf: None,
            words: None,
            idf: None,
        }
    }

    fn fault(&self, text: impl std::fmt::Display) -> Error {
        Error::value(format!("{}: {text}", self.class))
    }

    /// The first number of words that are not known.
    fn oov_start(&self) -> usize {
        usize::from(self.mask_token.is_some() && self.output_mode == OutputMode::Int)
    }

    /// The first number of the vocabulary.
    fn start(&self) -> usize {
        self.oov_start() + self.num_oov_indices
    }

    /// The words at the numbers before the vocabulary.
    fn special(&self) -> Vec<Word> {
        let mask = self.mask_token.iter().take(self.oov_start());
        mask.chain(std::iter::repeat_n(&self.oov_token, self.num_oov_indices)).cloned().collect()
    }

    /// All words, each at its number.
    pub(super) fn vocabulary(&self) -> Vec<Word> {
        self.special().into_iter().chain(self.words.iter().flat_map(|w| w.iter().cloned())).collect()
    }

    /// Takes a vocabulary, with or without the special words in front, and weights for its words.
    pub(super) fn set(&mut self, vocabulary: Vec<Word>, idf: Option<Vec<f64>>) -> Result<()> {
        let special = self.special();
        let with_special = vocabulary.starts_with(&special);
        let found = if with_special { &vocabulary[special.len()..] } else { &vocabulary[..] };
        if found.is_empty() {
            return Err(self.fault("the vocabulary is empty").help("give at least one word"));
        }
        let mut seen = HashSet::with_capacity(found.len());
        if let Some(twice) = found.iter().find(|w| !seen.insert(*w)) {
            return Err(self
                .fault(format!("`{twice}` stands twice in the vocabulary"))
                .help("give every word once"));
        }
        let reserved = self.mask_token.iter().chain(self.invert.then_some(&self.oov_token));
        if let Some(word) = reserved.into_iter().find(|w| seen.contains(w)) {
            return Err(self
                .fault(format!("`{word}` stands inside of the vocabulary"))
                .help("leave the words for masks and for what is not known out, or give them all in front"));
        }
        let size = special.len() + found.len();
        if let Some(most) = self.max_tokens.filter(|&most| size > most) {
            return Err(self.fault(format!("{size} words, of at most {most}")).help("give fewer words"));
        }
        self.words = Some(Arc::new(found.to_vec()));
        self.idf = match &idf {
            None => None,
            Some(idf) if idf.len() != vocabulary.len() => {
                let (n, m) = (idf.len(), vocabulary.len());
                return Err(self.fault(format!("{n} weights for {m} words")).help("give one for each word"));
            }
            Some(idf) => {
                let mean = idf.iter().sum::<f64>() / idf.len() as f64;
                let front = if with_special { 0 } else { special.len() };
                let all = std::iter::repeat_n(mean, front).chain(idf.iter().copied());
                Some(self.padded(all.map(|w| w as f32).collect()))
            }
        };
        self.given = Some(Arc::new(vocabulary));
        self.given_idf = idf;
        Ok(())
    }

    /// Weights with zeros for the numbers that no word has.
    fn padded(&self, mut idf: Vec<f32>) -> Vec<f32> {
        if let Some(most) = self.max_tokens.filter(|_| self.pad_to_max_tokens) {
            idf.resize(most.max(idf.len()), 0.0);
        }
        idf
    }

    /// How many numbers there are.
    pub(super) fn depth(&self, words: usize) -> usize {
        self.max_tokens.filter(|_| self.pad_to_max_tokens).unwrap_or(self.start() + words)
    }

    pub(super) fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        let words = self.known_words()?;
        if self.invert {
            if self.output_mode != OutputMode::Int {
                return Err(self
                    .fault("words of numbers have no other form")
                    .help("leave `output_mode` out"));
            }
            return word_at(&self.vocabulary(), x, &self.oov_token);
        }
        let x = match words.first() {
            Some(Word::Number(_)) if x.dtype().is_float() => x.cast(DType::I64),
            _ => x.clone(),
        };
        let (numbers, masked) = self.numbers(&x, words)?;
        let depth = self.depth(words.len());
        if self.output_mode != OutputMode::TfIdf {
            return encode(self.class, &numbers, self.output_mode, depth, masked.as_ref(), None);
        }
        let counts = encode(self.class, &numbers, OutputMode::Count, depth, masked.as_ref(), None)?;
        Ok(counts * self.weights(cx)?)
    }

    /// The words behind the special ones.
    pub(super) fn known_words(&self) -> Result<&[Word]> {
        self.words.as_ref().map(|words| &words[..]).ok_or_else(|| {
            Error::state(format!("{}: there is no vocabulary yet", self.class))
                .help("call `adapt` with data, or give a vocabulary")
        })
    }

    /// The weight of each number.
    pub(super) fn weights(&self, cx: &mut Scope<'_>) -> Result<Symbol> {
        let Some(idf) = &self.idf else {
            return Err(self.fault("no weights for `tf_idf`").help("give `idf_weights`, or call `adapt`"));
        };
        let idf = Tensor::new(idf.clone(), [idf.len()])?;
        Ok(cx.named_state("idf_weights", [idf.len()], idf, DType::F32))
    }

    /// The number of each word, and where the mask is.
    fn numbers(&self, x: &Symbol, words: &[Word]) -> Result<(Symbol, Option<Symbol>)> {
        let (n, start) = (words.len() as f64, self.start() as f64);
        let listed: Vec<Word> = words.iter().chain(&self.mask_token).cloned().collect();
        let table = Vocabulary::new(tensor(&listed)?)?.default_id(-1);
        let found = x.lookup(&if self.num_oov_indices == 0 { table.strict() } else { table });
        let masked = self.mask_token.is_some().then(|| found.equal(n));
        let mut numbers = &found + start;
        if self.num_oov_indices > 1 {
            let oov = match (x.dtype().is_integer() && !self.farmhash, self.num_oov_indices) {
                (true, n) => x.cast(DType::I64).remainder(n as i64),
                (false, n) => hashed(x, n, self.salt),
            };
            numbers = select(&found.equal(-1), oov + self.oov_start() as f64, &numbers);
        }
        match masked {
            Some(masked) if self.output_mode == OutputMode::Int => {
                Ok((select(&masked, numbers.zeros_like(), &numbers), None))
            }
            masked => Ok((numbers, masked)),
        }
    }

    /// The same layer with the words that were counted.
    pub(super) fn learned(&self, counted: Counted) -> Result<Lookup> {
        if self.given.is_some() {
            return Err(Error::state(format!("{}: the vocabulary was given", self.class))
                .help("leave it out where it is to be learned"));
        }
        let special = self.mask_token.iter().chain([&self.oov_token]).collect::<Vec<_>>();
        let mut all: Vec<(Word, (u64, u64))> =
            counted.counts.into_iter().filter(|(w, _)| !special.contains(&w)).collect();
        all.sort_by(|a, b| (b.1.0, &b.0).cmp(&(a.1.0, &a.0)));
        all.truncate(self.max_tokens.map_or(usize::MAX, |most| most.saturating_sub(self.start())));
        if all.is_empty() {
            return Err(self.fault("there are no words to learn"));
        }
        let mut learned = self.clone();
        if self.output_mode == OutputMode::TfIdf {
            let weight = |n: u64| (1.0 + counted.documents as f64 / (1 + n) as f64).ln() as f32;
            let own: Vec<f32> = all.iter().map(|(_, (_, n))| weight(*n)).collect();
            let mean = own.iter().sum::<f32>() / own.len() as f32;
            learned.idf = Some(self.padded(std::iter::repeat_n(mean, self.start()).chain(own).collect()));
        }
        learned.words = Some(Arc::new(all.into_iter().map(|(w, _)| w).collect()));
        Ok(learned)
    }

    /// The fields that all of these layers have in a file.
    pub(super) fn config(&self, config: LayerConfig) -> Result<LayerConfig> {
        let size = self.words.as_ref().map(|w| w.len()).unwrap_or_default() + self.start();
        let given = match &self.given {
            Some(words) => words.iter().map(Word::json).collect::<Result<Vec<_>>>()?.into(),
            None => Value::Null,
        };
        let config = match (&self.given, &self.words) {
            (None, Some(_)) => config.asset(ASSET, self.lines()?),
            _ => config,
        };
        Ok(config
            .with("max_tokens", self.max_tokens)
            .with("output_mode", self.output_mode.name())
            .with("pad_to_max_tokens", self.pad_to_max_tokens)
            .with("sparse", false)
            .with("vocabulary", given)
            .with("idf_weights", self.given_idf.clone().map_or(Value::Null, |w| json!(w)))
            .with("vocabulary_size", size))
    }

    /// A learned vocabulary as a file, with a word on each line.
    pub(super) fn lines(&self) -> Result<String> {
        let line = |word: &Word| match word.json()? {
            Value::String(text) if text.contains(['\n', '\r']) => Err(self
                .fault(format!("the word {text:?} has more than one line, and no file can hold it"))
                .help("give the vocabulary as a list")),
            Value::String(text) => Ok(text),
            other => Ok(other.to_string()),
        };
        Ok(self.vocabulary().iter().map(line).collect::<Result<Vec<_>>>()?.join("\n"))
    }

    /// Takes the lines of such a file.
    fn read_lines(&mut self, text: &str) -> Result<()> {
        let texts = matches!(self.oov_token, Word::Text(_));
        let word = |line: &str| match texts {
            true => Ok(Word::from(line)),
            false => line
                .trim()
                .parse()
                .map(Word::Number)
                .map_err(|_| self.fault(format!("`{line}` is no integer"))),
        };
        let words = text.trim_end_matches('\n').split('\n').map(word).collect::<Result<Vec<_>>>()?;
        if words.len() > self.start() {
            self.set(words, None)?;
            self.given = None;
        }
        if self.output_mode == OutputMode::TfIdf {
            // Their values stand among the weights.
            self.idf = self.words.as_ref().map(|w| vec![0.0; self.depth(w.len())]);
        }
        Ok(())
    }

    /// Takes the fields of [`Lookup::config`].
    pub(super) fn read(&mut self, config: &mut ConfigReader) -> Result<()> {
        const MODES: [&str; 5] = ["int", "one_hot", "multi_hot", "count", "tf_idf"];
        config.only("sparse", &false.into())?;
        self.max_tokens = config.size_or_none("max_tokens");
        self.output_mode = OutputMode::of(config.word("output_mode", &MODES)?);
        self.pad_to_max_tokens = config.truth("pad_to_max_tokens", false)?;
        config.value("vocabulary_size");
        let idf = match config.value("idf_weights") {
            Some(value) => {
                let list = value.as_array().and_then(|l| l.iter().map(Value::as_f64).collect());
                Some(list.ok_or_else(|| config.refuse("idf_weights", &value, "numbers"))?)
            }
            None => None,
        };
        if let Some(text) = config.value(ASSET) {
            let text = text.as_str().map(str::to_string).unwrap_or_default();
            self.read_lines(&text).map_err(|e| config.explain(ASSET, e))?;
        }
        if let Some(value) = config.value("vocabulary") {
            let words = value.as_array().and_then(|l| l.iter().map(Word::of_json).collect());
            let words = words.ok_or_else(|| config.refuse("vocabulary", &value, "a list of words"))?;
            self.set(words, idf).map_err(|e| config.explain("vocabulary", e))?;
        }
        Ok(())
    }
}

/// How often words were met: in all, and in how many documents.
#[derive(Default)]
pub(super) struct Counted {
    counts: HashMap<Word, (u64, u64)>,
    documents: u64,
}

impl Counted {
    /// Counts the words of a document.
    pub(super) fn document(&mut self, words: impl IntoIterator<Item = Word>) {
        let mut here = HashSet::new();
        for word in words {
            let first = here.insert(word.clone());
            let count = self.counts.entry(word).or_default();
            count.0 += 1;
            count.1 += u64::from(first);
        }
        self.documents += 1;
    }

    /// Counts the words of a batch: each row is a document, and so is each word of a vector.
    pub(super) fn batch(&mut self, x: &Tensor) -> Result<()> {
        let width = if x.rank() < 2 { 1 } else { x.len() / x.n_rows()?.max(1) };
        words(x)?.chunks(width.max(1)).for_each(|row| self.document(row.iter().cloned()));
        Ok(())
    }
}

/// The lines of a file as words.
pub(super) fn lines(path: &std::path::Path, word: impl Fn(&str) -> Result<Word>) -> Result<Vec<Word>> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::io("reading", path, e))?;
    text.lines().map(word).collect()
}

/// The builder methods that layers with a vocabulary have in common.
macro_rules! lookup_layer {
    ($layer:ident) => {
        impl $layer {
            /// How many numbers there are at most, special ones included.
            #[must_use]
            pub fn max_tokens(mut self, most: usize) -> Self {
                self.lookup.max_tokens = Some(most);
                self
            }

            /// The form of the numbers; the numbers themselves by default.
            #[must_use]
            pub fn output_mode(mut self, output_mode: $crate::layers::OutputMode) -> Self {
                self.lookup.output_mode = output_mode;
                self
            }

            /// Whether rows have the extent `max_tokens` also where there are fewer words.
            #[must_use]
            pub fn pad_to_max_tokens(mut self, pad: bool) -> Self {
                self.lookup.pad_to_max_tokens = pad;
                self
            }
        }

        impl $crate::Adapt for $layer {
            /// The vocabulary: all words of the data, the most frequent first, and of those that are as frequent the one
            /// that is last in order. For `tf_idf`, each row of the data is a document.
            fn adapt(&self, data: &(impl saola_tensor::Batched + ?Sized)) -> saola_tensor::Result<Self> {
                let mut counted = $crate::layers::index_lookup::Counted::default();
                data.each_batch(&mut |batch| self.count(&mut counted, batch))?;
                Ok($layer { lookup: self.lookup.learned(counted)?, ..self.clone() })
            }
        }
    };
}

/// The builder methods of layers that look up single words.
macro_rules! word_lookup_layer {
    ($layer:ident, $word:ty) => {
        impl $layer {
            /// The vocabulary, each word once; with the special words in front, or without. It comes behind the other
            /// settings.
            ///
            /// # Errors
            /// An empty vocabulary, a word that stands twice, or more words than `max_tokens`.
            pub fn vocabulary(
                mut self,
                words: impl IntoIterator<Item = impl Into<$crate::layers::Word>>,
            ) -> saola_tensor::Result<Self> {
                self.lookup.set(words.into_iter().map(Into::into).collect(), None)?;
                Ok(self)
            }

            /// As `vocabulary`, with the weight of each word, for `tf_idf`.
            ///
            /// # Errors
            /// Those of `vocabulary`, and another number of weights than of words.
            pub fn weighted_vocabulary(
                mut self,
                words: impl IntoIterator<Item = impl Into<$crate::layers::Word>>,
                idf_weights: impl IntoIterator<Item = f64>,
            ) -> saola_tensor::Result<Self> {
                let weights = idf_weights.into_iter().collect();
                self.lookup.set(words.into_iter().map(Into::into).collect(), Some(weights))?;
                Ok(self)
            }

            /// How many numbers there are for words that are not in the vocabulary; 1 by default. With none, such a word is
            /// an error of the run.
            #[must_use]
            pub fn num_oov_indices(mut self, n: usize) -> Self {
                self.lookup.num_oov_indices = n;
                self
            }

            /// The word that stands for no word: its number is 0, and rows do not count it.
            #[must_use]
            pub fn mask_token(mut self, token: $word) -> Self {
                self.lookup.mask_token = Some(token.into());
                self
            }

            /// The word that stands for all that are not in the vocabulary.
            #[must_use]
            pub fn oov_token(mut self, token: $word) -> Self {
                self.lookup.oov_token = token.into();
                self
            }

            /// Whether it goes the other way, from numbers to words.
            #[must_use]
            pub fn invert(mut self, invert: bool) -> Self {
                self.lookup.invert = invert;
                self
            }

            fn count(
                &self,
                counted: &mut $crate::layers::index_lookup::Counted,
                batch: &saola_tensor::Tensor,
            ) -> saola_tensor::Result<()> {
                counted.batch(batch)
            }

            fn own_config(&self, config: $crate::LayerConfig) -> saola_tensor::Result<$crate::LayerConfig> {
                let lookup = &self.lookup;
                let mask = lookup.mask_token.as_ref().map_or(Ok(serde_json::Value::Null), |w| w.json())?;
                Ok(lookup
                    .config(config)?
                    .with("invert", lookup.invert)
                    .with("num_oov_indices", lookup.num_oov_indices)
                    .with("mask_token", mask)
                    .with("oov_token", lookup.oov_token.json()?)
                    .with("oov_method", if lookup.farmhash { "farmhash" } else { "floormod" })
                    .with("salt", lookup.salt.map(Vec::from)))
            }

            fn read(
                mut lookup: $crate::layers::index_lookup::Lookup,
                config: &mut $crate::config::ConfigReader,
            ) -> saola_tensor::Result<Self> {
                use $crate::layers::words::Word;
                lookup.invert = config.truth("invert", false)?;
                lookup.num_oov_indices = config.size_or("num_oov_indices", 1)?;
                for key in ["mask_token", "oov_token"] {
                    if let Some(value) = config.value(key) {
                        let word = Word::of_json(&value);
                        let word = word.ok_or_else(|| config.refuse(key, &value, "a word"))?;
                        match key {
                            "mask_token" => lookup.mask_token = Some(word),
                            _ => lookup.oov_token = word,
                        }
                    }
                }
                lookup.farmhash = config.word("oov_method", &["floormod", "farmhash"])? == "farmhash";
                lookup.salt = config.salt()?;
                lookup.read(config)?;
                Ok(Self { base: config.base(), lookup })
            }
        }
    };
}
pub(super) use {lookup_layer, word_lookup_layer};
