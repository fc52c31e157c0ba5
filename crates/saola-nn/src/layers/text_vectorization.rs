//! `TextVectorization`: texts as numbers of their words.

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{Dim, PadMode, Symbol, Tokenizer};
use saola_tensor::{Error, Result, StrArray, Tensor};
use serde_json::{Value, json};

use super::encoding::OutputMode;
use super::index_lookup::{Counted, Lookup, lines, lookup_layer};
use super::words::{Word, tensor};
use crate::config::ConfigReader;
use crate::layer::{Base, common};
use crate::{Layer, LayerConfig, Scope};

/// What becomes of the letters of a text before it is cut. Keras's `standardize`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standardize {
    /// Both of the next two.
    LowerAndStripPunctuation,
    /// The letters A to Z become lower case.
    Lower,
    /// The 32 punctuation marks of ASCII are left out.
    StripPunctuation,
    /// Nothing.
    Off,
}

/// Where a text is cut into words. Keras's `split`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextSplit {
    /// At white space.
    Whitespace,
    /// Behind each character.
    Character,
    /// Nowhere: each text is one word, and a row of texts a row of words.
    Off,
}

const STANDARDIZE: [(&str, Standardize); 3] = [
    ("lower_and_strip_punctuation", Standardize::LowerAndStripPunctuation),
    ("lower", Standardize::Lower),
    ("strip_punctuation", Standardize::StripPunctuation),
];

const SPLIT: [(&str, TextSplit); 2] =
    [("whitespace", TextSplit::Whitespace), ("character", TextSplit::Character)];

/// Texts as numbers of their words, by a vocabulary that was given or learned from data ([`crate::Adapt::adapt`]).
///
/// Texts are `[batch]` or `[batch, 1]`. As `Int`, the default, the output is `[batch, output_sequence_length]` of `i64`: 0
/// behind the last word, 1 for a word that is not in the vocabulary, then the vocabulary, the most frequent word first. The
/// other forms are rows `[batch, words + 1]` of `f32`, at whose place 0 all words that are not in the vocabulary count.
/// Keras's `TextVectorization`; without `output_sequence_length` its rows are as long as the longest text of the batch,
/// which ours cannot be: shapes do not depend on values.
///
/// ```
/// use saola_nn::layers::TextVectorization;
/// use saola_nn::{Adapt, Eager};
/// use saola_tensor::Tensor;
///
/// # fn main() -> saola_tensor::Result<()> {
/// let texts = Tensor::from(vec!["The sea!", "the sun"]);
/// let vectorize = TextVectorization::new().output_sequence_length(3).adapt(&texts)?;
/// let numbers = Eager::new(vectorize).run(&Tensor::from(vec!["the moon", "Sun"]))?;
/// assert_eq!(numbers.to_vec::<i64>()?, [2, 1, 0, 3, 0, 0]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TextVectorization {
    pub(crate) base: Base,
    pub(super) lookup: Lookup,
    standardize: Standardize,
    split: TextSplit,
    ngrams: Ngrams,
    length: Option<usize>,
}

/// Runs of words, as they were asked for.
#[derive(Clone, Debug)]
enum Ngrams {
    Single,
    UpTo(usize),
    Of(Vec<usize>),
}

common!(TextVectorization);
lookup_layer!(TextVectorization);

impl Default for TextVectorization {
    fn default() -> TextVectorization {
        TextVectorization::new()
    }
}

impl TextVectorization {
    /// In lower case without punctuation, cut at white space, with a vocabulary to be learned or given.
    pub fn new() -> TextVectorization {
        let mut lookup = Lookup::new("TextVectorization", "[UNK]".into());
        lookup.mask_token = Some("".into());
        TextVectorization {
            base: Base::new(),
            lookup,
            standardize: Standardize::LowerAndStripPunctuation,
            split: TextSplit::Whitespace,
            ngrams: Ngrams::Single,
            length: None,
        }
    }

    /// What becomes of the letters first.
    #[must_use]
    pub fn standardize(mut self, standardize: Standardize) -> Self {
        self.standardize = standardize;
        self
    }

    /// Where texts are cut.
    #[must_use]
    pub fn split(mut self, split: TextSplit) -> Self {
        self.split = split;
        self
    }

    /// Words are runs of one, two, up to `most` words, with blanks between them.
    #[must_use]
    pub fn ngrams(mut self, most: usize) -> Self {
        self.ngrams = Ngrams::UpTo(most);
        self
    }

    /// Words are runs of so many words each, with blanks between them.
    #[must_use]
    pub fn ngrams_of(mut self, widths: impl Into<Vec<usize>>) -> Self {
        self.ngrams = Ngrams::Of(widths.into());
        self
    }

    /// How many numbers a text has in the form of numbers: further words are left out, zeros fill up.
    #[must_use]
    pub fn output_sequence_length(mut self, length: usize) -> Self {
        self.length = Some(length);
        self
    }

    /// The vocabulary, each word once; with the special words in front, or without. It comes behind the other settings.
    ///
    /// # Errors
    /// An empty vocabulary, a word that stands twice, or more words than `max_tokens`.
    pub fn vocabulary(mut self, words: impl IntoIterator<Item = impl Into<Word>>) -> Result<Self> {
        self.lookup.set(words.into_iter().map(Into::into).collect(), None)?;
        Ok(self)
    }

    /// As `vocabulary`, with the weight of each word, for `tf_idf`.
    ///
    /// # Errors
    /// As `vocabulary`, and a number of weights that is not that of the words.
    pub fn weighted_vocabulary(
        mut self,
        words: impl IntoIterator<Item = impl Into<Word>>,
        idf_weights: impl IntoIterator<Item = f64>,
    ) -> Result<Self> {
        let weights = idf_weights.into_iter().collect();
        self.lookup.set(words.into_iter().map(Into::into).collect(), Some(weights))?;
        Ok(self)
    }

    /// The vocabulary from a file with a word on each line.
    ///
    /// # Errors
    /// A file that cannot be read, and those of `vocabulary`.
    pub fn vocabulary_file(mut self, path: impl AsRef<std::path::Path>) -> Result<Self> {
        let words = lines(path.as_ref(), |line| Ok(Word::from(line)))?;
        self.lookup.set(words, None)?;
        Ok(self)
    }

    /// All words, each at its number, the special ones in front. Keras's `get_vocabulary`.
    pub fn words(&self) -> Vec<Word> {
        self.lookup.vocabulary()
    }

    fn tokenizer(&self) -> Tokenizer {
        use Standardize::{Lower, LowerAndStripPunctuation, StripPunctuation};
        Tokenizer {
            lower: matches!(self.standardize, Lower | LowerAndStripPunctuation),
            strip_punctuation: matches!(self.standardize, StripPunctuation | LowerAndStripPunctuation),
            characters: self.split == TextSplit::Character,
            ngrams: self.widths(),
        }
    }

    /// The extents of runs of words; none where words stand alone.
    fn widths(&self) -> Vec<usize> {
        match &self.ngrams {
            Ngrams::Single => Vec::new(),
            Ngrams::UpTo(most) => (1..=*most).collect(),
            Ngrams::Of(widths) => widths.clone(),
        }
    }

    fn fault(text: impl std::fmt::Display, help: &str) -> Error {
        Error::value(format!("TextVectorization: {text}")).help(help)
    }

    fn check(&self) -> Result<()> {
        let none = match &self.ngrams {
            Ngrams::Single => false,
            Ngrams::UpTo(most) => *most == 0,
            Ngrams::Of(widths) => widths.is_empty() || widths.contains(&0),
        };
        if none {
            return Err(Self::fault("runs of no words", "give `ngrams` of 1 or more"));
        }
        if self.split == TextSplit::Off && !matches!(self.ngrams, Ngrams::Single) {
            return Err(Self::fault(
                "runs of words of texts that are not split",
                "leave `ngrams` out, or split",
            ));
        }
        let int = self.lookup.output_mode == OutputMode::Int;
        if !int && self.length.is_some() {
            let mode = self.lookup.output_mode.name();
            return Err(Self::fault(
                format!("`output_sequence_length` has no meaning for `{mode}`"),
                "leave one of the two out",
            ));
        }
        if self.lookup.output_mode == OutputMode::OneHot && self.split != TextSplit::Off {
            return Err(Self::fault("texts of many words are no `one_hot`", "take `multi_hot`"));
        }
        if int && self.length.is_none() && self.split != TextSplit::Off {
            return Err(Self::fault(
                "how many numbers a text has is not known",
                "give `output_sequence_length`: shapes do not depend on how long the texts are",
            ));
        }
        Ok(())
    }

    /// The texts without a last axis of extent 1.
    fn texts(x: &Symbol) -> Result<Symbol> {
        match (x.rank(), x.rank() > 0 && x.dim(-1) == Dim::Known(1)) {
            (1, _) => Ok(x.clone()),
            (2.., true) => Ok(x.squeeze(-1)),
            _ => Err(Error::shape(format!("TextVectorization: texts to be split are {}", x.dims()))
                .help("give texts as [batch] or [batch, 1], or set `split` to `Off`")),
        }
    }

    fn numbers(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        self.check()?;
        if self.split == TextSplit::Off {
            return self.unsplit(cx, x);
        }
        let words = self.lookup.known_words()?;
        let (texts, vocabulary) = (Self::texts(x)?, Vocabulary::new(tensor(words)?)?);
        if let (Some(length), OutputMode::Int) = (self.length, self.lookup.output_mode) {
            return Ok(texts.text_numbers(&self.tokenizer(), &vocabulary, length));
        }
        if texts.rank() > 1 {
            return Err(Error::shape(format!("TextVectorization: rows of counts of texts {}", x.dims()))
                .help("give texts as [batch] or [batch, 1]"));
        }
        let counts = texts.text_counts(&self.tokenizer(), &vocabulary, self.lookup.depth(words.len()));
        let counts = counts.cast(saola_graph::DType::F32);
        match self.lookup.output_mode {
            OutputMode::TfIdf => Ok(counts * self.weights(cx)?),
            OutputMode::Count => Ok(counts),
            _ => Ok(counts.minimum(1.0)),
        }
    }

    /// The weights of words, which Keras keeps in two places.
    fn weights(&self, cx: &mut Scope<'_>) -> Result<Symbol> {
        let weights = self.lookup.weights(cx)?;
        cx.also_below("idf_weights", "_lookup_layer");
        Ok(weights)
    }

    /// The numbers of texts that are words each.
    fn unsplit(&self, cx: &mut Scope<'_>, x: &Symbol) -> Result<Symbol> {
        if self.lookup.output_mode == OutputMode::TfIdf {
            self.weights(cx)?;
        }
        let numbers = self.lookup.call(cx, &self.standard(x))?;
        let (Some(length), OutputMode::Int) = (self.length, self.lookup.output_mode) else {
            return Ok(numbers);
        };
        let Some(n) = numbers.dims().last().and_then(|d| d.known()).filter(|_| numbers.rank() > 1) else {
            return Err(Error::shape(format!("TextVectorization: rows of words are {}", x.dims()))
                .help("give [batch, words] with a known number of words, or no `output_sequence_length`"));
        };
        let cut = numbers.slice(-1, 0..n.min(length));
        let behind = length.saturating_sub(n);
        let mut margins = vec![(0, 0); cut.rank()];
        margins[cut.rank() - 1].1 = behind;
        Ok(if behind == 0 { cut } else { cut.pad(margins, PadMode::Constant(0.0)) })
    }

    /// The texts with what is left of their letters.
    fn standard(&self, x: &Symbol) -> Symbol {
        match self.standardize {
            Standardize::LowerAndStripPunctuation => x.string_standardize(),
            Standardize::Lower => x.string_lower(),
            Standardize::StripPunctuation => x.string_strip_punctuation(),
            Standardize::Off => x.clone(),
        }
    }

    /// Counts the words of a batch of texts, each of which is a document.
    fn count(&self, counted: &mut Counted, batch: &Tensor) -> Result<()> {
        self.check()?;
        let tokenizer = self.tokenizer();
        if self.split == TextSplit::Off {
            let texts: StrArray = batch.strings()?.iter().map(|text| tokenizer.standard(text)).collect();
            return counted.batch(&Tensor::from_strings(texts, batch.shape().to_vec())?);
        }
        if batch.rank() == 0 || batch.rank() > 1 && batch.shape().last() != Some(&1) {
            return Err(Error::shape(format!("TextVectorization: texts to be split are {}", batch.shape()))
                .help("give texts as [batch] or [batch, 1], or set `split` to `Off`"));
        }
        for text in batch.strings()?.iter() {
            let mut found = Vec::new();
            tokenizer.each(text, |token| found.push(Word::Text(token.to_vec())));
            counted.document(found);
        }
        Ok(())
    }

    fn own_config(&self, config: LayerConfig) -> Result<LayerConfig> {
        let standardize = STANDARDIZE.iter().find(|(_, s)| *s == self.standardize).map(|(name, _)| *name);
        let split = SPLIT.iter().find(|(_, s)| *s == self.split).map(|(name, _)| *name);
        let ngrams = match &self.ngrams {
            Ngrams::Single => Value::Null,
            Ngrams::UpTo(most) => json!(most),
            Ngrams::Of(widths) => json!(widths),
        };
        let config = self.lookup.config(config)?;
        // Keras looks for the vocabulary in two places.
        let text = config.assets().first().map(|(_, text)| text.clone());
        let config = match text {
            Some(text) => config.asset("_lookup_layer/vocabulary.txt", text),
            None => config,
        };
        Ok(config
            .with("standardize", standardize)
            .with("split", split)
            .with("ngrams", ngrams)
            .with("output_sequence_length", self.length)
            .with("ragged", false)
            .with("encoding", "utf-8"))
    }

    pub(super) fn from_config(config: &mut ConfigReader) -> Result<TextVectorization> {
        let mut layer = TextVectorization::new();
        config.only("encoding", &"utf-8".into())?;
        config.only("ragged", &false.into())?;
        let named = |config: &mut ConfigReader, key: &str, names: &[&'static str]| match config.raw(key) {
            None => Ok(names.first().copied()),
            Some(Value::Null) => Ok(None),
            Some(value) => match names.iter().find(|n| value.as_str() == Some(n)) {
                Some(name) => Ok(Some(*name)),
                None => Err(config.refuse(key, &value, &format!("{}, or null", names.join(", ")))),
            },
        };
        let standardize = named(config, "standardize", &STANDARDIZE.map(|s| s.0))?;
        let of = |name| STANDARDIZE.iter().find(|(n, _)| Some(*n) == name).map(|(_, s)| *s);
        layer.standardize = of(standardize).unwrap_or(Standardize::Off);
        let split = named(config, "split", &SPLIT.map(|s| s.0))?;
        let of = |name| SPLIT.iter().find(|(n, _)| Some(*n) == name).map(|(_, s)| *s);
        layer.split = of(split).unwrap_or(TextSplit::Off);
        layer.ngrams = match config.size_or_none("ngrams") {
            Some(most) => Ngrams::UpTo(most),
            None => config.list("ngrams")?.map_or(Ngrams::Single, Ngrams::Of),
        };
        layer.length = config.size_or_none("output_sequence_length");
        layer.lookup.read(config)?;
        Ok(TextVectorization { base: config.base(), ..layer })
    }
}

impl Layer for TextVectorization {
    fn base(&self) -> Option<&Base> {
        Some(&self.base)
    }

    fn config(&self) -> Result<LayerConfig> {
        self.own_config(LayerConfig::new("TextVectorization"))
    }

    fn call(&self, cx: &mut Scope<'_>, x: &Symbol) -> Symbol {
        self.numbers(cx, x).unwrap_or_else(Symbol::poisoned)
    }
}
