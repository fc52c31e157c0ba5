//! Strings and integers as words of a vocabulary.

use saola_graph::ops::vocabulary_lookup::Vocabulary;
use saola_graph::{DType, Symbol, constant};
use saola_tensor::{Error, Result, StrArray, Tensor};
use serde_json::Value;

/// A string or an integer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// Bytes, most often UTF-8.
    Text(Vec<u8>),
    /// An integer.
    Number(i64),
}

impl From<&str> for Word {
    fn from(text: &str) -> Word {
        Word::Text(text.as_bytes().to_vec())
    }
}

impl From<String> for Word {
    fn from(text: String) -> Word {
        Word::Text(text.into_bytes())
    }
}

impl From<i64> for Word {
    fn from(number: i64) -> Word {
        Word::Number(number)
    }
}

impl std::fmt::Display for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Word::Text(text) => f.write_str(&String::from_utf8_lossy(text)),
            Word::Number(n) => write!(f, "{n}"),
        }
    }
}

impl Word {
    pub(super) fn of_json(value: &Value) -> Option<Word> {
        match value {
            Value::String(text) => Some(text.as_str().into()),
            value => value.as_i64().map(Word::Number),
        }
    }

    /// As a file holds it.
    ///
    /// # Errors
    /// Bytes that are no UTF-8.
    pub(super) fn json(&self) -> Result<Value> {
        match self {
            Word::Number(n) => Ok((*n).into()),
            Word::Text(text) => match std::str::from_utf8(text) {
                Ok(text) => Ok(text.into()),
                Err(_) => {
                    Err(Error::value(format!("the word `{self}` is not UTF-8, and no file can hold it")))
                }
            },
        }
    }

    /// Where `x` is this word.
    pub(super) fn same(&self, x: &Symbol) -> Result<Symbol> {
        let words = Vocabulary::new(tensor(std::slice::from_ref(self))?)?.default_id(-1);
        Ok(x.lookup(&words).equal(0))
    }
}

/// All words, which are of one kind, as a vector.
pub(super) fn tensor(words: &[Word]) -> Result<Tensor> {
    let mixed = || Error::dtype("a vocabulary of strings and integers").help("give words of one kind");
    if let Some(Word::Number(_)) = words.first() {
        let number = |w: &Word| if let Word::Number(n) = w { Ok(*n) } else { Err(mixed()) };
        return Tensor::new(words.iter().map(number).collect::<Result<Vec<i64>>>()?, [words.len()]);
    }
    let text = |w: &Word| if let Word::Text(t) = w { Ok(t.clone()) } else { Err(mixed()) };
    let texts = words.iter().map(text).collect::<Result<Vec<_>>>()?;
    Tensor::from_strings(texts.into_iter().collect::<StrArray>(), [words.len()])
}

/// The words of a tensor.
pub(super) fn words(x: &Tensor) -> Result<Vec<Word>> {
    match x.dtype() {
        DType::Str => Ok(x.strings()?.iter().map(|t| Word::Text(t.to_vec())).collect()),
        dtype if dtype.is_integer() => {
            Ok(x.cast(DType::I64)?.as_slice::<i64>()?.iter().map(|&n| Word::Number(n)).collect())
        }
        dtype => Err(Error::dtype(format!("{dtype} values are no words")).help("give strings or integers")),
    }
}

/// The word at each of `indices` in `words`, and `otherwise` at any other.
pub(super) fn word_at(words: &[Word], indices: &Symbol, otherwise: &Word) -> Result<Symbol> {
    let all: Vec<Word> = words.iter().chain([otherwise]).cloned().collect();
    let last = words.len() as i64;
    let x = indices.cast(DType::I64);
    let known = x.greater_equal(0).logical_and(x.less(last));
    let at = saola_graph::select(&known, &x, x.fill_like(last as f64, DType::I64));
    let table = constant(tensor(&all)?);
    Ok(match table.dtype() {
        DType::Str => table.gather_strings(&at),
        _ => table.gather(&at, 0),
    })
}
