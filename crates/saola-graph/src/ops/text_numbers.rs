//! `text_numbers`: the words of texts as numbers of a vocabulary, in a row or counted.

use std::sync::{Mutex, PoisonError};

use saola_kernels::memory::Call;
use saola_tensor::{DType, Error, Result, Tensor};

use super::texts::{is_space, only_strings, standardized};
use super::vocabulary_lookup::{Vocabulary, table};
use crate::tensorflow::Translation;
use crate::{Dim, Dims, Lowering, Operation, Spec, Symbol, Value};

/// How a text falls into tokens: what is left of its letters, where it is cut, and which runs of parts are tokens. As
/// Keras's `TextVectorization` does.
///
/// ```
/// use saola_graph::Tokenizer;
///
/// let tokenizer = Tokenizer { ngrams: vec![1, 2], ..Tokenizer::default() };
/// let mut found = Vec::new();
/// tokenizer.each("The sea, the sun".as_bytes(), |token| found.push(String::from_utf8_lossy(token).into_owned()));
/// assert_eq!(found, ["the", "sea", "the", "sun", "the sea", "sea the", "the sun"]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tokenizer {
    /// Whether the letters A to Z become lower case.
    pub lower: bool,
    /// Whether the 32 punctuation marks of ASCII are left out.
    pub strip_punctuation: bool,
    /// Whether each character is a part, instead of what stands between white space. What is no UTF-8 is U+FFFD.
    pub characters: bool,
    /// How many parts in a row, with blanks between them, are a token: all runs of the first extent, then all of the
    /// next. With none, each part is a token.
    pub ngrams: Vec<usize>,
}

impl Default for Tokenizer {
    /// In lower case, without punctuation, cut at white space, without runs.
    fn default() -> Tokenizer {
        Tokenizer { lower: true, strip_punctuation: true, characters: false, ngrams: Vec::new() }
    }
}

/// What a text is written into before it is cut: its parts with blanks between them, and where each stands.
#[derive(Default)]
struct Parts {
    bytes: Vec<u8>,
    places: Vec<(usize, usize)>,
}

impl Tokenizer {
    /// Calls `found` with each token of `text`, in order.
    pub fn each(&self, text: &[u8], found: impl FnMut(&[u8])) {
        self.each_in(&mut Parts::default(), text, found);
    }

    /// `text` with what is left of its letters, uncut.
    pub fn standard(&self, text: &[u8]) -> Vec<u8> {
        text.iter().filter(|b| !self.drops(b)).map(|b| self.letter(*b)).collect()
    }

    fn each_in(&self, parts: &mut Parts, text: &[u8], mut found: impl FnMut(&[u8])) {
        self.cut(parts, text);
        let one = [1];
        let widths = if self.ngrams.is_empty() { &one[..] } else { &self.ngrams };
        for &width in widths.iter().filter(|&&w| w > 0) {
            for run in parts.places.windows(width) {
                found(&parts.bytes[run[0].0..run[width - 1].1]);
            }
        }
    }

    /// Writes the parts of `text`.
    fn cut(&self, parts: &mut Parts, text: &[u8]) {
        parts.bytes.clear();
        parts.places.clear();
        if self.characters {
            return self.cut_characters(parts, text);
        }
        let mut start = None;
        for &byte in text.iter().filter(|b| !self.drops(b)) {
            if !is_space(byte) {
                start.get_or_insert(parts.bytes.len());
                parts.bytes.push(self.letter(byte));
            } else if let Some(start) = start.take() {
                parts.end(start);
            }
        }
        if let Some(start) = start {
            parts.end(start);
        }
    }

    fn cut_characters(&self, parts: &mut Parts, text: &[u8]) {
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars().filter(|c| !u8::try_from(*c).is_ok_and(|b| self.drops(&b))) {
                let start = parts.bytes.len();
                let c = if self.lower { c.to_ascii_lowercase() } else { c };
                parts.bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                parts.end(start);
            }
            if !chunk.invalid().is_empty() {
                let start = parts.bytes.len();
                parts.bytes.extend_from_slice("\u{FFFD}".as_bytes());
                parts.end(start);
            }
        }
    }

    fn drops(&self, byte: &u8) -> bool {
        self.strip_punctuation && byte.is_ascii_punctuation()
    }

    fn letter(&self, byte: u8) -> u8 {
        if self.lower { byte.to_ascii_lowercase() } else { byte }
    }

    fn check(&self) -> Result<()> {
        if self.ngrams.contains(&0) {
            return Err(Error::value("runs of no parts are no tokens").help("give `ngrams` of 1 or more"));
        }
        Ok(())
    }
}

impl Parts {
    /// The part that began at `start` is whole.
    fn end(&mut self, start: usize) {
        self.places.push((start, self.bytes.len()));
        self.bytes.push(b' ');
    }
}

#[derive(Clone, Debug)]
struct TextNumbers {
    tokenizer: Tokenizer,
    vocabulary: Vocabulary,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    /// The numbers of the first tokens, behind them zeros.
    Row(usize),
    /// How often each number is there.
    Counts(usize),
}

impl Symbol {
    /// For each text the numbers of its first `length` tokens, along a new last axis, as `i64`: 2 for the first word of
    /// `vocabulary` and so on, 1 for a token that is not in it, 0 behind the last. Keras's `TextVectorization` with
    /// `output_mode="int"`.
    #[track_caller]
    pub fn text_numbers(&self, tokenizer: &Tokenizer, vocabulary: &Vocabulary, length: usize) -> Symbol {
        self.text(tokenizer, vocabulary, Form::Row(length))
    }

    /// For each text how often each word of `vocabulary` is a token of it, along a new last axis of extent `depth`, as
    /// `i64`: at 0 all tokens that are not in it, at 1 the first word, and so on. Keras's `TextVectorization` with
    /// `output_mode="count"`.
    #[track_caller]
    pub fn text_counts(&self, tokenizer: &Tokenizer, vocabulary: &Vocabulary, depth: usize) -> Symbol {
        self.text(tokenizer, vocabulary, Form::Counts(depth))
    }

    #[track_caller]
    fn text(&self, tokenizer: &Tokenizer, vocabulary: &Vocabulary, form: Form) -> Symbol {
        let (tokenizer, vocabulary) = (tokenizer.clone(), vocabulary.clone().default_id(-1));
        Symbol::apply(TextNumbers { tokenizer, vocabulary, form }, vec![self.clone()])
    }
}

impl TextNumbers {
    /// The tokens of all texts, one behind the other, and where each text's begin and end.
    fn tokens(&self, texts: String, to: &mut Translation<'_>) -> Result<(String, String)> {
        let space = to.constant(Tensor::from([""]).reshape([])?);
        let parts = to.node("StringSplitV2", [texts, space.clone()], [("maxsplit", (-1i64).into())]);
        let parts = Translation::outputs(&parts, 3);
        let [places, words, shape] = [0, 1, 2].map(|i| parts[i].clone());
        // The number of words of each text, and with it the places where texts begin.
        let one = to.constant(Tensor::scalar(1i64));
        let like = to.shape_of(words.clone(), DType::Str);
        let of = [("T", DType::I64.into()), ("index_type", DType::I32.into())];
        let ones = to.node("Fill", [like, one], of);
        let none = to.number(0.0, DType::I64)?;
        let of = [("T", DType::I64.into()), ("Tindices", DType::I64.into())];
        let ones = to.node("SparseToDense", [places, shape, ones, none], of);
        let counts = to.reduce("Sum", ones, &[1], false, DType::I64)?;
        let axis = to.int(0)?;
        let of = [("T", DType::I64.into()), ("Tidx", DType::I32.into())];
        let ends = to.node("Cumsum", [counts, axis.clone()], of);
        let first = to.constant(Tensor::from(vec![0i64]));
        let of = [("N", 2i64.into()), ("T", DType::I64.into()), ("Tidx", DType::I32.into())];
        let splits = to.node("ConcatV2", [first, ends, axis], of);
        if self.tokenizer.ngrams.is_empty() {
            return Ok((words, splits));
        }
        let of = [
            ("separator", " ".into()),
            ("ngram_widths", self.tokenizer.ngrams.iter().map(|&n| n as i64).collect::<Vec<_>>().into()),
            ("left_pad", "".into()),
            ("right_pad", "".into()),
            ("pad_width", 0i64.into()),
            ("preserve_short_sequences", false.into()),
            ("Tsplits", DType::I64.into()),
        ];
        let runs = Translation::outputs(&to.node("StringNGrams", [words, splits], of), 2);
        Ok((runs[0].clone(), runs[1].clone()))
    }
}

impl Operation for TextNumbers {
    fn name(&self) -> &'static str {
        "text_numbers"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        only_strings(inputs[0].dtype)?;
        only_strings(self.vocabulary.dtype()).map_err(|e| e.context("the vocabulary"))?;
        self.tokenizer.check()?;
        let width = match self.form {
            Form::Row(length) => length,
            Form::Counts(depth) if depth > self.vocabulary.len() => depth,
            Form::Counts(depth) => {
                let n = self.vocabulary.len();
                return Err(Error::value(format!("{depth} places for {n} words and all others"))
                    .help("give a place more than there are words"));
            }
        };
        let dims: Dims = inputs[0].dims.iter().copied().chain([Dim::Known(width)]).collect();
        Ok(vec![Spec::new(DType::I64, dims)])
    }
    fn signature(&self) -> Option<String> {
        None
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        if self.tokenizer.characters {
            return Err(to.refuse("of characters has no counterpart in TensorFlow"));
        }
        let flat = to.reshape(to.input(0), &[Dim::Any], DType::Str)?;
        let Tokenizer { lower, strip_punctuation, .. } = self.tokenizer;
        let flat = standardized(to, flat, lower, strip_punctuation);
        let (tokens, splits) = self.tokens(flat, to)?;
        let vocabulary = self.vocabulary.clone().default_id(-1);
        let found = table(&vocabulary, &tokens, to)?;
        // Rows have 0 for nothing and 1 for a word that is not known, counts have a place for those.
        let (more, nothing, width) = match self.form {
            Form::Row(length) => (2.0, 0i64, length as i64),
            Form::Counts(_) => (1.0, -1, -1),
        };
        let more = to.number(more, DType::I64)?;
        let numbers = to.elementwise("AddV2", [found, more], DType::I64);
        let shape = to.constant(Tensor::from(vec![-1i64, width]));
        let nothing = to.constant(Tensor::scalar(nothing));
        let of = [
            ("T", DType::I64.into()),
            ("Tindex", DType::I64.into()),
            ("Tshape", DType::I64.into()),
            ("num_row_partition_tensors", 1i64.into()),
            ("row_partition_types", vec!["ROW_SPLITS".to_string()].into()),
        ];
        let mut rows = to.node("RaggedTensorToTensor", [shape, numbers, nothing, splits], of);
        let (Form::Row(width) | Form::Counts(width)) = self.form;
        if let Form::Counts(depth) = self.form {
            let (depth, on, off) =
                (to.int(depth as i64)?, to.number(1.0, DType::I64)?, to.number(0.0, DType::I64)?);
            let of = [("T", DType::I64.into()), ("TI", DType::I64.into()), ("axis", (-1i64).into())];
            let hot = to.node("OneHot", [rows, depth, on, off], of);
            rows = to.reduce("Sum", hot, &[1], false, DType::I64)?;
        }
        let own = to.shape_of(to.input(0), DType::Str);
        let (width, axis) = (to.ints(&[width as i64])?, to.int(0)?);
        let of = [("N", 2i64.into()), ("T", DType::I32.into()), ("Tidx", DType::I32.into())];
        let shape = to.node("ConcatV2", [own, width, axis], of);
        Ok(vec![to.reshape_to(rows, shape, DType::I64)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let TextNumbers { tokenizer, vocabulary, form } = self.clone();
        let (Form::Row(width) | Form::Counts(width)) = form;
        // Grows to the longest text; another run at the same time waits.
        let parts: Mutex<Parts> = Mutex::default();
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let out = call.output::<i64>(0);
            out.fill(0);
            if width == 0 {
                return Ok(());
            }
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            for (row, text) in out.chunks_mut(width).zip(call.strings(0).iter()) {
                let mut at = 0;
                tokenizer.each_in(&mut parts, text, |token| {
                    let number = vocabulary.number(token).unwrap_or(-1) + 1;
                    match form {
                        Form::Row(_) => row.get_mut(at).into_iter().for_each(|o| *o = number + 1),
                        Form::Counts(_) => row[number as usize] += 1,
                    }
                    at += 1;
                });
            }
            Ok(())
        }))
    }
}
