//! `vocabulary_lookup`: the place of a string or an integer in a list.

use std::collections::HashMap;
use std::sync::Arc;

use saola_kernels::fingerprint::fingerprint64;
use saola_kernels::memory::{Call, KernelError};
use saola_tensor::{Bytes, DType, Error, Result, StrArray, Tensor, mix};

use crate::tensorflow::Translation;
use crate::{Lowering, Operation, Spec, Symbol, Value};

/// A list of strings or integers, and what stands for anything that is not in it.
///
/// ```
/// use saola_graph::{DType, Dim, placeholder};
/// use saola_graph::ops::vocabulary_lookup::Vocabulary;
///
/// # fn main() -> saola_graph::Result<()> {
/// let colors = Vocabulary::new(["red", "green", "blue"])?.default_id(-1);
/// let ids = placeholder("color", DType::Str, [Dim::Any]).lookup(&colors);
/// assert_eq!(ids.dtype(), DType::I64);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Vocabulary {
    table: Arc<Table>,
    default_id: i64,
    oov_buckets: usize,
    strict: bool,
    file: Option<Arc<str>>,
}

enum Table {
    Strings(HashMap<Vec<u8>, i64>),
    Integers(HashMap<i64, i64>),
}

impl Vocabulary {
    /// The vocabulary of these values, strings or integers, numbered in their order. What is not in it gets −1.
    ///
    /// # Errors
    /// [`saola_tensor::ErrorKind::Value`] for an empty list or a value that stands in it twice;
    /// [`saola_tensor::ErrorKind::DType`] for values that are neither strings nor integers.
    pub fn new(values: impl Into<Tensor>) -> Result<Vocabulary> {
        let values = values.into();
        if values.is_empty() {
            return Err(Error::value("a vocabulary is empty").help("give at least one value"));
        }
        let twice = |v: String| {
            Error::value(format!("{v} stands twice in a vocabulary")).help("give every value once")
        };
        let table = match values.bytes() {
            Bytes::Str(strings) => {
                let mut table = HashMap::with_capacity(strings.len());
                for (id, s) in strings.iter().enumerate() {
                    if table.insert(s.to_vec(), id as i64).is_some() {
                        return Err(twice(format!("{:?}", String::from_utf8_lossy(s))));
                    }
                }
                Table::Strings(table)
            }
            Bytes::I64(_) | Bytes::I32(_) => {
                let mut table = HashMap::with_capacity(values.len());
                for (id, &v) in values.cast(DType::I64)?.as_slice::<i64>()?.iter().enumerate() {
                    if table.insert(v, id as i64).is_some() {
                        return Err(twice(v.to_string()));
                    }
                }
                Table::Integers(table)
            }
            _ => {
                return Err(Error::dtype(format!("a vocabulary of {} values", values.dtype()))
                    .help("give strings or integers"));
            }
        };
        Ok(Vocabulary { table: Arc::new(table), default_id: -1, oov_buckets: 0, strict: false, file: None })
    }

    /// What stands for a value that is not in the vocabulary.
    pub fn default_id(self, default_id: i64) -> Vocabulary {
        Vocabulary { default_id, ..self }
    }

    /// Spreads the values that are not in the vocabulary over `buckets` further numbers, by their fingerprint.
    pub fn oov_buckets(self, buckets: usize) -> Vocabulary {
        Vocabulary { oov_buckets: buckets, ..self }
    }

    /// Makes a value that is not in the vocabulary an error of the run, as for labels.
    pub fn strict(self) -> Vocabulary {
        Vocabulary { strict: true, ..self }
    }

    /// Goes into a file of its own, called `file`, where a model that looks up in it is exported.
    pub fn file(self, file: impl Into<Arc<str>>) -> Vocabulary {
        Vocabulary { file: Some(file.into()), ..self }
    }

    /// The values in their order: strings, or integers.
    fn values(&self) -> Result<Tensor> {
        match &*self.table {
            Table::Strings(table) => {
                let mut words: Vec<(&Vec<u8>, &i64)> = table.iter().collect();
                words.sort_unstable_by_key(|w| w.1);
                let words: StrArray = words.into_iter().map(|w| w.0).collect();
                let n = words.len();
                Tensor::from_strings(words, [n])
            }
            Table::Integers(table) => {
                let mut numbers: Vec<(&i64, &i64)> = table.iter().collect();
                numbers.sort_unstable_by_key(|n| n.1);
                Ok(Tensor::from(numbers.into_iter().map(|n| *n.0).collect::<Vec<i64>>()))
            }
        }
    }

    /// How many numbers a lookup can give, apart from the default.
    pub fn len(&self) -> usize {
        self.words() + self.oov_buckets
    }

    /// Whether there are none; there always are.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The dtype of the values.
    pub fn dtype(&self) -> DType {
        match *self.table {
            Table::Strings(_) => DType::Str,
            Table::Integers(_) => DType::I64,
        }
    }

    /// The place of a string in the list.
    pub(crate) fn number(&self, word: &[u8]) -> Option<i64> {
        match &*self.table {
            Table::Strings(table) => table.get(word).copied(),
            Table::Integers(_) => None,
        }
    }

    /// A number for the words and their places, to tell one vocabulary from another.
    fn hash(&self) -> u64 {
        let of = |word: u64, id: i64| mix(word ^ mix(id as u64));
        match &*self.table {
            Table::Strings(t) => {
                t.iter().map(|(word, &id)| of(fingerprint64(word), id)).fold(0, u64::wrapping_add)
            }
            Table::Integers(t) => {
                t.iter().map(|(&word, &id)| of(mix(word as u64), id)).fold(0, u64::wrapping_add)
            }
        }
    }

    fn words(&self) -> usize {
        match &*self.table {
            Table::Strings(t) => t.len(),
            Table::Integers(t) => t.len(),
        }
    }

    /// The number of a value that is not in the list, given its bytes: integers as their decimal digits. An empty
    /// string is no value at all.
    fn missing(&self, position: usize, bytes: &[u8]) -> Result<i64, KernelError> {
        if self.strict {
            return Err(KernelError {
                message: format!(
                    "{:?} at row {position} is not in the vocabulary",
                    String::from_utf8_lossy(bytes)
                ),
                help: format!("values are {}", self.shown()),
            });
        }
        Ok(match self.oov_buckets {
            0 => self.default_id,
            _ if bytes.is_empty() => -1,
            n => self.words() as i64 + (fingerprint64(bytes) % n as u64) as i64,
        })
    }

    /// The values as text, the first few of many.
    fn shown(&self) -> String {
        let mut words: Vec<(i64, String)> = match &*self.table {
            Table::Strings(t) => {
                let mut all: Vec<(&Vec<u8>, &i64)> = t.iter().collect();
                all.sort_by_key(|e| e.1);
                all.into_iter().map(|(w, &i)| (i, String::from_utf8_lossy(w).into_owned())).collect()
            }
            Table::Integers(t) => t.iter().map(|(w, &i)| (i, w.to_string())).collect(),
        };
        words.sort();
        let more = if words.len() > 12 { ", .." } else { "" };
        let first: Vec<String> = words.into_iter().take(12).map(|w| w.1).collect();
        format!("{}{more}", first.join(", "))
    }
}

impl std::fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (words, dtype, hash) = (self.words(), self.dtype(), self.hash());
        write!(f, "Vocabulary({words} of {dtype}, hash {hash:016x}, {} out-of-vocabulary", self.oov_buckets)?;
        if self.default_id >= 0 {
            write!(f, ", {} by default", self.default_id)?;
        }
        f.write_str(")")
    }
}

#[derive(Debug)]
struct VocabularyLookup(Vocabulary);

impl Symbol {
    /// For each string or integer its number in `vocabulary`, as `i64`.
    #[track_caller]
    pub fn lookup(&self, vocabulary: &Vocabulary) -> Symbol {
        let values = if self.dtype().is_integer() { self.cast(DType::I64) } else { self.clone() };
        Symbol::apply(VocabularyLookup(vocabulary.clone()), vec![values])
    }
}

impl Operation for VocabularyLookup {
    fn name(&self) -> &'static str {
        "vocabulary_lookup"
    }
    fn takes_strings(&self) -> bool {
        true
    }
    fn infer(&self, inputs: &[&Spec]) -> Result<Vec<Spec>> {
        if inputs[0].dtype != self.0.dtype() {
            return Err(Error::dtype(format!(
                "the values are {}, the vocabulary is {}",
                inputs[0].dtype,
                self.0.dtype()
            ))
            .help("feed the values in the vocabulary's dtype"));
        }
        Ok(vec![Spec::new(DType::I64, &inputs[0].dims)])
    }
    fn signature(&self) -> Option<String> {
        // Clones of one vocabulary share their table, which this operation keeps where it is.
        let v = &self.0;
        let table = Arc::as_ptr(&v.table).cast::<()>();
        Some(format!("{table:p} {} {} {}", v.default_id, v.oov_buckets, v.strict))
    }
    fn translate(&self, to: &mut Translation<'_>) -> Result<Vec<String>> {
        let vocabulary = &self.0;
        let x = to.input(0);
        // Integers as text are what their fingerprint is taken of, and what stands in a file.
        let text = |to: &mut Translation<'_>| match vocabulary.dtype() {
            DType::Str => x.clone(),
            _ => to.elementwise("AsString", [x.clone()], DType::I64),
        };
        let found = table(vocabulary, &x, to)?;
        if vocabulary.strict {
            return Ok(vec![all_known(found, to)?]);
        }
        if vocabulary.oov_buckets == 0 {
            return Ok(vec![found]);
        }
        let words = text(to);
        let of = [("num_buckets", (vocabulary.oov_buckets as i64).into())];
        let bucket = to.node("StringToHashBucketFast", [words.clone()], of);
        let first = to.number(vocabulary.words() as f64, DType::I64)?;
        let bucket = to.elementwise("AddV2", [bucket, first], DType::I64);
        let none = to.number(-1.0, DType::I64)?;
        // An empty string is no value at all.
        let empty = to.constant(Tensor::from([""]));
        let empty = to.elementwise("Equal", [words, empty], DType::Str);
        let other = to.elementwise("SelectV2", [empty, none.clone(), bucket], DType::I64);
        let known = to.elementwise("NotEqual", [found.clone(), none], DType::I64);
        Ok(vec![to.elementwise("SelectV2", [known, found, other], DType::I64)])
    }
    fn lower(&self, _inputs: &[Value], _outputs: &[Value]) -> Result<Lowering> {
        let vocabulary = self.0.clone();
        Ok(Lowering::kernel(move |call: &mut Call<'_>| {
            let out = call.output::<i64>(0);
            match &*vocabulary.table {
                Table::Strings(table) => {
                    for (i, (o, s)) in out.iter_mut().zip(call.strings(0).iter()).enumerate() {
                        *o = match table.get(s) {
                            Some(&id) => id,
                            None => vocabulary.missing(i, s)?,
                        };
                    }
                }
                Table::Integers(table) => {
                    for (i, (o, v)) in out.iter_mut().zip(call.input::<i64>(0)).enumerate() {
                        *o = match table.get(v) {
                            Some(&id) => id,
                            None => vocabulary.missing(i, v.to_string().as_bytes())?,
                        };
                    }
                }
            }
            Ok(())
        }))
    }
}

/// The numbers of `x` by a table of TensorFlow, which is filled before the first run: from the graph, or from a file.
pub(super) fn table(vocabulary: &Vocabulary, x: &str, to: &mut Translation<'_>) -> Result<String> {
    let values = vocabulary.values()?;
    let file = vocabulary.file.as_ref();
    let keys = if file.is_some() { DType::Str } else { vocabulary.dtype() };
    let of = [("key_dtype", keys.into()), ("value_dtype", DType::I64.into())];
    let handle = to.node("HashTableV2", [], of.clone());
    let fill = match file {
        None => {
            let numbers: Vec<i64> = (0..vocabulary.words() as i64).collect();
            let (values, numbers) = (to.constant(values), to.constant(Tensor::from(numbers)));
            let of = [("Tin", keys.into()), ("Tout", DType::I64.into())];
            to.node("LookupTableImportV2", [handle.clone(), values, numbers], of)
        }
        Some(file) => {
            let path = to.asset(file, lines(&values)?);
            // The key is the whole line, the value its number.
            let of = [
                ("key_index", (-2i64).into()),
                ("value_index", (-1i64).into()),
                ("vocab_size", (vocabulary.words() as i64).into()),
            ];
            to.node("InitializeTableFromTextFileV2", [handle.clone(), path], of)
        }
    };
    to.initialize_by(&fill);
    let keys_of = |to: &mut Translation<'_>| match (keys, vocabulary.dtype()) {
        (DType::Str, DType::I64) => to.elementwise("AsString", [x.to_string()], DType::I64),
        _ => x.to_string(),
    };
    let x = keys_of(to);
    let default = match vocabulary.oov_buckets {
        0 if !vocabulary.strict => vocabulary.default_id,
        _ => -1,
    };
    let default = to.constant(Tensor::scalar(default));
    let of = [("Tin", keys.into()), ("Tout", DType::I64.into())];
    Ok(to.node("LookupTableFindV2", [handle, x, default], of))
}

/// The numbers that were found; a run ends where one was not.
fn all_known(found: String, to: &mut Translation<'_>) -> Result<String> {
    let none = to.number(-1.0, DType::I64)?;
    let known = to.elementwise("NotEqual", [found.clone(), none], DType::I64);
    let axes: Vec<i64> = (0..to.spec(0).dims.rank() as i64).collect();
    let axes = to.ints(&axes)?;
    let all = to.node("All", [known, axes], [("Tidx", DType::I32.into())]);
    let check = to.assert(all, "a value is not in the vocabulary");
    Ok(to.node_after("Identity", [found], [("T", DType::I64.into())], &[check]))
}

/// The values as text, a line each.
fn lines(values: &Tensor) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    match values.bytes() {
        Bytes::Str(words) => words.iter().for_each(|word| {
            text.extend_from_slice(word);
            text.push(b'\n');
        }),
        _ => values.as_slice::<i64>()?.iter().for_each(|n| text.extend(format!("{n}\n").into_bytes())),
    }
    Ok(text)
}
