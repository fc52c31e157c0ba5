//! Weights that begin with those of another model.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use regex_lite::Regex;
use saola_graph::{Role, Symbol};
use saola_io::{CheckpointReader, latest_checkpoint};
use saola_nn::initializers::{Initializer, Zeros};
use saola_runtime::{Feeds, Session};
use saola_tensor::{DType, Error, Result, Tensor, suggest};

use crate::column::words_of_file;
use crate::restore::name;

/// What a training without a checkpoint of its own begins with: the reference's `WarmStartSettings`. A folder or the
/// prefix of a checkpoint stands for all trainable variables of it.
///
/// ```
/// use saola_estimator::{DnnClassifier, VocabInfo, WarmStartSettings, column};
///
/// # fn main() -> saola_tensor::Result<()> {
/// let word = column::vocabulary("word", ["new", "old", "older"]);
/// let start = WarmStartSettings::new("runs/before")
///     .vars_to_warm_start("dnn/")
///     .vocab_info(
///         "dnn/input_from_feature_columns/input_layer/word_embedding/embedding_weights",
///         VocabInfo::new(["new", "old", "older"], ["older", "old"]),
///     );
/// let classifier = DnnClassifier::new([column::embedding(word, 4)], [8]).warm_start_from(start).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct WarmStartSettings {
    from: PathBuf,
    wanted: Wanted,
    vocabularies: IndexMap<String, VocabInfo>,
    previous: IndexMap<String, String>,
}

/// Which variables are taken over beside those with vocabularies.
#[derive(Clone, Debug)]
enum Wanted {
    /// Trainable ones whose names match.
    Trainable(String),
    /// Any whose names match one of these.
    Any(Vec<String>),
    None,
}

impl<P: Into<PathBuf>> From<P> for WarmStartSettings {
    fn from(path: P) -> WarmStartSettings {
        WarmStartSettings::new(path)
    }
}

impl WarmStartSettings {
    /// All trainable variables from `checkpoint`: a folder, of which the latest is taken, or the prefix of one.
    pub fn new(checkpoint: impl Into<PathBuf>) -> WarmStartSettings {
        WarmStartSettings {
            from: checkpoint.into(),
            wanted: Wanted::Trainable(".*".into()),
            vocabularies: IndexMap::new(),
            previous: IndexMap::new(),
        }
    }

    /// Those trainable variables whose names begin with what this regular expression matches; all by default.
    pub fn vars_to_warm_start(mut self, pattern: impl Into<String>) -> WarmStartSettings {
        self.wanted = Wanted::Trainable(pattern.into());
        self
    }

    /// Those variables, optimizers' among them, whose names begin with what one of these regular expressions matches.
    pub fn all_vars_to_warm_start<S: Into<String>>(
        mut self,
        patterns: impl IntoIterator<Item = S>,
    ) -> WarmStartSettings {
        self.wanted = Wanted::Any(patterns.into_iter().map(Into::into).collect());
        self
    }

    /// Only variables with a [`VocabInfo`].
    pub fn only_vocabularies(mut self) -> WarmStartSettings {
        self.wanted = Wanted::None;
        self
    }

    /// The variable `name` has a place for each word of a vocabulary, which is another one now.
    pub fn vocab_info(mut self, name: impl Into<String>, info: VocabInfo) -> WarmStartSettings {
        self.vocabularies.insert(name.into(), info);
        self
    }

    /// The variable `name` is called `previous` in the checkpoint.
    pub fn prev_var_name(
        mut self,
        name: impl Into<String>,
        previous: impl Into<String>,
    ) -> WarmStartSettings {
        self.previous.insert(name.into(), previous.into());
        self
    }

    /// Gives those of `variables` that are wanted their values. All that does not fit is reported at once, and then
    /// nothing is changed.
    pub(crate) fn apply(&self, session: &Session, variables: &[Symbol]) -> Result<()> {
        let prefix = self.checkpoint()?;
        let reader = CheckpointReader::open(&prefix)?;
        self.known(variables)?;
        let mut wrong = Vec::new();
        let mut values = Vec::new();
        for symbol in self.wanted(variables)? {
            match self.value(symbol, &reader, session) {
                Ok(value) => values.push((symbol, value)),
                Err(error) => wrong.push((name(symbol).to_string(), error)),
            }
        }
        if !wrong.is_empty() {
            let text = format!("the checkpoint `{}` does not fit this model's variables", prefix.display());
            let noted = wrong.iter().fold(Error::format(text), |e, (name, why)| e.note(name, why.message()));
            return Err(noted.help(
                "choose the variables by `vars_to_warm_start`, or say what has changed by `vocab_info` and `prev_var_name`",
            ));
        }
        values.into_iter().try_for_each(|(symbol, value)| session.set_value(symbol, &value))
    }

    fn checkpoint(&self) -> Result<PathBuf> {
        if !self.from.is_dir() {
            return Ok(self.from.clone());
        }
        latest_checkpoint(&self.from)?.ok_or_else(|| {
            Error::not_found(format!("there is no checkpoint in `{}` to begin with", self.from.display()))
                .help("give the folder of a model that was trained")
        })
    }

    /// Refuses names of variables that there are not.
    fn known(&self, variables: &[Symbol]) -> Result<()> {
        let names: Vec<&str> = variables.iter().map(name).collect();
        match self.vocabularies.keys().chain(self.previous.keys()).find(|n| !names.contains(&n.as_str())) {
            None => Ok(()),
            Some(wrong) => {
                let error = Error::not_found(format!("the model has no variable `{wrong}` to warm-start"));
                Err(match suggest(wrong, names.iter().copied()) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help(format!("there are {}", names.join(", "))),
                })
            }
        }
    }

    /// The variables that get values.
    fn wanted<'a>(&self, variables: &'a [Symbol]) -> Result<Vec<&'a Symbol>> {
        let (patterns, trainable) = match &self.wanted {
            Wanted::Trainable(pattern) => (std::slice::from_ref(pattern), true),
            Wanted::Any(patterns) => (&patterns[..], false),
            Wanted::None => (&[][..], false),
        };
        let patterns = patterns.iter().map(|p| begins(p)).collect::<Result<Vec<Regex>>>()?;
        let is_trainable = |s: &Symbol| match s.node().operation().role() {
            Role::Variable(info) => info.trainable,
            _ => false,
        };
        let chosen = |s: &&Symbol| {
            let matched = (is_trainable(s) || !trainable) && patterns.iter().any(|p| p.is_match(name(s)));
            matched || self.vocabularies.contains_key(name(s))
        };
        Ok(variables.iter().filter(chosen).collect())
    }

    /// What a variable begins with.
    fn value(&self, symbol: &Symbol, reader: &CheckpointReader, session: &Session) -> Result<Tensor> {
        let (own, spec) = (name(symbol), symbol.spec());
        let previous = self.previous.get(own).map_or(own, String::as_str);
        if !reader.contains(previous) {
            return Err(Error::not_found(format!("{spec}, the checkpoint has no `{previous}`")));
        }
        let entry = reader.entry(previous)?;
        if entry.dtype != spec.dtype {
            return Err(Error::dtype(format!("{spec}, in the checkpoint {}{}", entry.dtype, entry.shape)));
        }
        if let Some(info) = self.vocabularies.get(own) {
            return info.moved(&reader.read(previous)?, symbol, session);
        }
        if !spec.dims.takes(&entry.shape) {
            return Err(Error::shape(format!("{spec}, in the checkpoint {}{}", entry.dtype, entry.shape)));
        }
        reader.read(previous)
    }
}

/// The regular expression for names that begin with a match of `pattern`.
fn begins(pattern: &str) -> Result<Regex> {
    Regex::new(&format!("^(?:{pattern})")).map_err(|e| {
        Error::value(format!("`{pattern}` is no regular expression: {e}"))
            .help("escape what stands for itself by a backslash")
    })
}

/// A vocabulary: words, or a file of them.
#[derive(Clone, Debug)]
pub enum Words {
    /// These words, in the order of their numbers.
    List(Vec<String>),
    /// The lines of a file.
    File(PathBuf),
}

impl From<&Path> for Words {
    fn from(path: &Path) -> Words {
        Words::File(path.to_path_buf())
    }
}

impl From<PathBuf> for Words {
    fn from(path: PathBuf) -> Words {
        Words::File(path)
    }
}

impl<S: Into<String>> From<Vec<S>> for Words {
    fn from(words: Vec<S>) -> Words {
        Words::List(words.into_iter().map(Into::into).collect())
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for Words {
    fn from(words: [S; N]) -> Words {
        Words::List(words.into_iter().map(Into::into).collect())
    }
}

impl Words {
    /// The first `size` words, or all.
    fn first(&self, size: Option<usize>) -> Result<Vec<Vec<u8>>> {
        match self {
            Words::List(words) => {
                Ok(words.iter().take(size.unwrap_or(usize::MAX)).map(|w| w.clone().into_bytes()).collect())
            }
            Words::File(path) => words_of_file(path, None)
                .map(|words| words.into_iter().take(size.unwrap_or(usize::MAX)).collect()),
        }
    }
}

/// How a vocabulary has changed since a checkpoint: the reference's `VocabInfo`.
///
/// The rows of the variable follow their words from the old places to the new ones; those of new words, and of classes
/// for words that are none of the vocabulary, begin with what the backup initializer gives.
#[derive(Clone, Debug)]
#[must_use]
pub struct VocabInfo {
    new: Words,
    old: Words,
    new_size: Option<usize>,
    old_size: Option<usize>,
    oov_buckets: usize,
    backup: Initializer,
    axis: usize,
}

impl VocabInfo {
    /// From the vocabulary `old` to `new`: words, or paths of files with a word on each line.
    pub fn new(new: impl Into<Words>, old: impl Into<Words>) -> VocabInfo {
        VocabInfo {
            new: new.into(),
            old: old.into(),
            new_size: None,
            old_size: None,
            oov_buckets: 0,
            backup: Zeros.into(),
            axis: 0,
        }
    }

    /// How many words of the new vocabulary count; all by default.
    pub fn new_vocab_size(mut self, size: usize) -> VocabInfo {
        self.new_size = Some(size);
        self
    }

    /// How many words of the old vocabulary count; all by default.
    pub fn old_vocab_size(mut self, size: usize) -> VocabInfo {
        self.old_size = Some(size);
        self
    }

    /// How many classes the new model has behind the words.
    pub fn num_oov_buckets(mut self, buckets: usize) -> VocabInfo {
        self.oov_buckets = buckets;
        self
    }

    /// What new words begin with; zeros by default.
    pub fn backup_initializer(mut self, initializer: impl Into<Initializer>) -> VocabInfo {
        self.backup = initializer.into();
        self
    }

    /// The axis of the words: 0 for rows, as in embeddings, by default; 1 for columns, as in the last layer of a
    /// classifier with a label vocabulary.
    pub fn axis(mut self, axis: usize) -> VocabInfo {
        self.axis = axis;
        self
    }

    /// `old` with its words at their new places, for the variable `symbol`.
    fn moved(&self, old: &Tensor, symbol: &Symbol, session: &Session) -> Result<Tensor> {
        let (new_words, old_words) = (self.new.first(self.new_size)?, self.old.first(self.old_size)?);
        let classes = new_words.len() + self.oov_buckets;
        let spec = symbol.spec();
        let known = spec.dims.known().filter(|s| s.len() == old.rank() && self.axis < s.len());
        let shape = known.ok_or_else(|| Error::shape(format!("{spec} has no axis {}", self.axis)))?;
        let rest =
            |s: &[usize]| s.iter().enumerate().filter(|(i, _)| *i != self.axis).map(|(_, n)| *n).collect();
        let (own, other): (Vec<usize>, Vec<usize>) = (rest(&shape), rest(old.shape()));
        if shape[self.axis] != classes || own != other || old.shape()[self.axis] < old_words.len() {
            return Err(Error::shape(format!(
                "{spec}, in the checkpoint {}{}, for {} old words, {} new ones and {} classes behind them",
                old.dtype(),
                old.shape(),
                old_words.len(),
                new_words.len(),
                self.oov_buckets
            )));
        }
        if spec.dtype != DType::F32 {
            return Err(Error::dtype(format!("{spec} is not of f32")));
        }
        let places: HashMap<&[u8], usize> = old_words.iter().enumerate().map(|(i, w)| (&w[..], i)).collect();
        let backup = session.run(&self.backup.symbol(&spec.dims, spec.dtype), Feeds::new())?;
        let (from, mut to) = (old.to_vec::<f32>()?, backup.to_vec::<f32>()?);
        let inner: usize = shape[self.axis + 1..].iter().product();
        let outer: usize = shape[..self.axis].iter().product();
        for (k, word) in new_words.iter().enumerate() {
            let Some(&place) = places.get(&word[..]) else { continue };
            for i in 0..outer {
                let source = (i * old.shape()[self.axis] + place) * inner;
                let target = (i * classes + k) * inner;
                to[target..target + inner].copy_from_slice(&from[source..source + inner]);
            }
        }
        Tensor::new(to, shape)
    }
}
